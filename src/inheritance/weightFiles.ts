import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readDigestedFile, writeDigestedFile } from '../core/digestedFile.js';
import type { HostTensor, HostTensors } from '../engines/Engine.js';
import { float16ToNumbers, largestFloat16, numbersToFloat16 } from '../engines/float16.js';

const headSchema = z.object({
  format: z.literal(1),
  digest: z.string(),
  table: z.array(z.object({ name: z.string(), shape: z.array(z.number().int().nonnegative()) })),
});

/** The weights of a trial within a study's folder. */
export function weightFile(dir: string, trial: number): string {
  return join(dir, `trial-${trial}.weights`);
}

/**
 * Keeps a model's values as one file, half precision: a line of JSON, then the numbers. Half precision is precise enough to go on
 * training from; numbers beyond its range become its largest.
 */
export function writeWeights(file: string, values: HostTensors): void {
  const names = Object.keys(values).sort();
  const numbers = new Float32Array(names.reduce((sum, name) => sum + values[name].data.length, 0));
  let at = 0;
  for (const name of names) {
    numbers.set(values[name].data, at);
    at += values[name].data.length;
  }
  for (let i = 0; i < numbers.length; i++) numbers[i] = Math.max(-largestFloat16, Math.min(largestFloat16, numbers[i]));
  const halves = new Uint8Array(numbersToFloat16(numbers).buffer);
  const table = names.map((name) => ({ name, shape: values[name].shape }));
  writeDigestedFile(file, { table }, halves);
}

/** @throws NasDistillError STORAGE where the file is missing or is not what was written */
export function readWeights(file: string): Record<string, HostTensor> {
  const { head, body } = readDigestedFile(file, headSchema, {
    what: 'weights',
    hint: 'Delete the file: candidates then inherit from others.',
  });
  const sizes = head.table.map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  const numbers = float16ToNumbers(new Uint16Array(body.buffer));
  let at = 0;
  return Object.fromEntries(
    head.table.map(({ name, shape }, i): [string, HostTensor] => {
      at += sizes[i];
      return [name, { shape, dtype: 'float32', data: numbers.slice(at - sizes[i], at) }];
    }),
  );
}

/**
 * Removes the weights of the oldest trials until the folder holds at most `limit` bytes; those in `needed` stay.
 * @returns the trials whose weights are gone
 */
export function trimWeights(dir: string, limit: number, needed: ReadonlySet<number>): number[] {
  if (!existsSync(dir)) return [];
  const kept = readdirSync(dir)
    .flatMap((name) => {
      const match = /^trial-(\d+)\.weights$/.exec(name);
      return match === null ? [] : [{ trial: Number(match[1]), bytes: statSync(join(dir, name)).size }];
    })
    .sort((a, b) => a.trial - b.trial);
  let total = kept.reduce((sum, { bytes }) => sum + bytes, 0);
  const gone: number[] = [];
  for (const { trial, bytes } of kept) {
    if (total <= limit) break;
    if (needed.has(trial)) continue;
    rmSync(weightFile(dir, trial), { force: true });
    total -= bytes;
    gone.push(trial);
  }
  return gone;
}
