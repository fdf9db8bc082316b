import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { atomicWrite } from '../core/atomicWrite.js';
import { sha256 } from '../core/digest.js';
import type { Checkpoint } from '../distillation/trainModel.js';
import { packWeights, unpackWeights } from '../teachers/teacherFiles.js';

const metaSchema = z.object({
  epoch: z.number().int().positive(),
  settings: z.string(),
  digest: z.string(),
  table: z.array(z.object({ name: z.string(), shape: z.array(z.number().int().nonnegative()) })),
});

const metaFile = 'checkpoint.json';
const weightsFile = (digest: string) => `${digest.slice(0, 16)}.bin`;
/** Weights, and what a kill left of a file that was being written. */
const ours = /^([0-9a-f]{16}\.bin|checkpoint\.json)(\.\d+\.tmp)?$/;

/** Stores where training stands. The weights come first: what the small file names is whole. */
export function writeCheckpoint(dir: string, settings: string, checkpoint: Checkpoint): void {
  const { table, bytes } = packWeights(checkpoint.state);
  const digest = sha256(bytes);
  atomicWrite(join(dir, weightsFile(digest)), bytes);
  atomicWrite(join(dir, metaFile), JSON.stringify({ epoch: checkpoint.epoch, settings, digest, table }));
  sweep(dir, digest);
}

/** Removes the weights of earlier epochs, also those that a kill between the two writes left behind. */
function sweep(dir: string, digest: string): void {
  for (const name of readdirSync(dir)) {
    if (ours.test(name) && name !== metaFile && name !== weightsFile(digest)) rmSync(join(dir, name), { force: true });
  }
}

function readMeta(dir: string): z.infer<typeof metaSchema> | 'damaged' | undefined {
  const file = join(dir, metaFile);
  if (!existsSync(file)) return undefined;
  let stored: unknown;
  try {
    stored = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return 'damaged';
    throw error;
  }
  const parsed = metaSchema.safeParse(stored);
  return parsed.success ? parsed.data : 'damaged';
}

/** The stored checkpoint; `ignored` says why one that is there does not fit. */
export function readCheckpoint(dir: string, settings: string): { checkpoint?: Checkpoint; ignored?: string } {
  const meta = readMeta(dir);
  if (meta === undefined) return {};
  if (meta === 'damaged') return { ignored: 'it is damaged' };
  if (meta.settings !== settings) return { ignored: 'it belongs to other settings' };
  const file = join(dir, weightsFile(meta.digest));
  const bytes = existsSync(file) ? readFileSync(file) : undefined;
  if (bytes === undefined || sha256(bytes) !== meta.digest) return { ignored: 'it is damaged' };
  sweep(dir, meta.digest);
  return { checkpoint: { epoch: meta.epoch, state: unpackWeights(meta.table, bytes, file) } };
}
