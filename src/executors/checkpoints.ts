import { join } from 'node:path';
import { z } from 'zod';
import { readDigestedFile, writeDigestedFile } from '../core/digestedFile.js';
import type { Checkpoint } from '../distillation/trainModel.js';
import type { HostTensor } from '../engines/Engine.js';
import type { Metrics } from '../store/types.js';

const headSchema = z.object({
  format: z.literal(1),
  epoch: z.number().int().positive(),
  elapsedMs: z.number().nonnegative(),
  metrics: z.record(z.string(), z.number()),
  digest: z.string(),
  table: z.array(
    z.object({
      name: z.string(),
      shape: z.array(z.number().int().nonnegative()),
      dtype: z.enum(['float32', 'int32']),
    }),
  ),
});

/** Where a trial stands that paused. */
export interface PausedTraining extends Checkpoint {
  /** Milliseconds that it trained so far. */
  readonly elapsedMs: number;
  /** What its outcome will hold beside the metrics of its last epoch: of whom it inherited. */
  readonly metrics: Metrics;
}

/** The checkpoint of a trial after an epoch, within a study's folder. */
export function checkpointFile(dir: string, trial: number, epoch: number): string {
  return join(dir, `trial-${trial}-${epoch}.checkpoint`);
}

const pattern = /^trial-(\d+)-(\d+)\.checkpoint$/;

/** The trial and epoch of a checkpoint's name; undefined for other files. */
export function checkpointOf(name: string): { trial: number; epoch: number } | undefined {
  const match = pattern.exec(name);
  return match === null ? undefined : { trial: Number(match[1]), epoch: Number(match[2]) };
}

/** Keeps where a training stands as one file, bit for bit: a line of JSON, then the values of all tensors by name. */
export function writePaused(file: string, { epoch, state, elapsedMs, metrics }: PausedTraining): void {
  const names = Object.keys(state).sort();
  const values = Buffer.concat(
    names.map((name) => {
      const { data } = state[name];
      return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    }),
  );
  const table = names.map((name) => ({ name, shape: state[name].shape, dtype: state[name].dtype }));
  writeDigestedFile(file, { epoch, elapsedMs, metrics, table }, values);
}

/** @throws NasDistillError STORAGE where the file is missing or is not what was written */
export function readPaused(file: string): PausedTraining {
  const { head, body } = readDigestedFile(file, headSchema, {
    what: 'checkpoint',
    hint: 'Delete the file: its trial then trains from its start again.',
  });
  const sizes = head.table.map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  let at = 0;
  const state = Object.fromEntries(
    head.table.map(({ name, shape, dtype }, i): [string, HostTensor] => {
      const part = body.buffer.slice(4 * at, 4 * (at + sizes[i]));
      at += sizes[i];
      return [name, { shape, dtype, data: dtype === 'int32' ? new Int32Array(part) : new Float32Array(part) }];
    }),
  );
  return { epoch: head.epoch, elapsedMs: head.elapsedMs, metrics: head.metrics, state };
}
