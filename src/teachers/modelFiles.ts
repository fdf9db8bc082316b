import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { sha256 } from '../core/digest.js';
import { describeInvalid } from '../core/describeInvalid.js';
import { NasDistillError } from '../core/errors.js';
import type { io } from '../engines/tf.js';

const dtypeBytes = { float32: 4, int32: 4, bool: 1, uint8: 1, float16: 2, uint16: 2 } as const;

const weightSchema = z.object({
  name: z.string(),
  shape: z.array(z.number().int().nonnegative()),
  dtype: z.enum(['float32', 'int32', 'bool']),
  quantization: z
    .object({
      dtype: z.enum(['uint8', 'uint16', 'float16']),
      scale: z.number().optional(),
      min: z.number().optional(),
      original_dtype: z.enum(['float32', 'int32']).optional(),
    })
    .optional(),
});

const modelSchema = z.object({
  format: z.string().optional(),
  modelTopology: z.record(z.string(), z.unknown()),
  weightsManifest: z.array(z.object({ paths: z.array(z.string()), weights: z.array(weightSchema) })),
  signature: z.record(z.string(), z.unknown()).optional(),
});

export interface TfjsModelFiles {
  readonly kind: 'layers-model' | 'graph-model';
  readonly artifacts: io.ModelArtifacts;
  /** Files of the model relative to its directory, model.json first. */
  readonly files: readonly string[];
  /** SHA-256 over all files. */
  readonly digest: string;
  readonly params: number;
}

/**
 * Reads a TF.js model directory. The manifest's sizes are held against the files' before anything is allocated, and
 * no path may leave the directory.
 * @throws NasDistillError TEACHER naming the file and what is wrong with it.
 */
export function readModelFiles(dir: string): TfjsModelFiles {
  const modelFile = join(dir, 'model.json');
  const refuse = (what: string, cause?: unknown) =>
    new NasDistillError('TEACHER', what, {
      hint: 'A TF.js model directory holds model.json and the weight files that it names.',
      ...(cause === undefined ? {} : { cause }),
    });
  if (!existsSync(modelFile)) throw refuse(`${modelFile}: missing`);
  let model: z.infer<typeof modelSchema>;
  const text = readFileSync(modelFile, 'utf8');
  try {
    model = modelSchema.parse(JSON.parse(text));
  } catch (error) {
    throw refuse(`${modelFile}: not a TF.js model: ${describeInvalid(error)}`, error);
  }
  const chunks: Uint8Array[] = [];
  const files = ['model.json'];
  let params = 0;
  for (const group of model.weightsManifest) {
    const expected = group.weights.reduce((sum, { shape, dtype, quantization }) => {
      const count = shape.reduce((a, b) => a * b, 1);
      // Whole numbers are a graph's constants (axes, shapes), not parameters.
      if (dtype === 'float32') params += count;
      return sum + count * dtypeBytes[quantization?.dtype ?? dtype];
    }, 0);
    for (const path of group.paths) {
      if (path !== basename(path)) throw refuse(`${modelFile}: weight file "${path}" is outside the model's directory`);
      if (!existsSync(join(dir, path))) throw refuse(`${join(dir, path)}: missing, though model.json names it`);
    }
    const found = group.paths.reduce((sum, path) => sum + statSync(join(dir, path)).size, 0);
    if (found !== expected) {
      const together = group.paths.length > 1 ? ` in ${group.paths.length} files (to ${group.paths.at(-1) ?? ''})` : '';
      throw refuse(
        `${join(dir, group.paths[0] ?? '')}: ${found} bytes${together}, model.json says ${expected}: cut short or of another model`,
      );
    }
    for (const path of group.paths) {
      chunks.push(readFileSync(join(dir, path)));
      files.push(path);
    }
  }
  const weightData = Buffer.concat(chunks);
  const graph = model.format === 'graph-model' || 'node' in model.modelTopology;
  return {
    kind: graph ? 'graph-model' : 'layers-model',
    files,
    digest: sha256(text, weightData),
    params,
    artifacts: {
      modelTopology: model.modelTopology,
      weightSpecs: model.weightsManifest.flatMap((group) => group.weights),
      weightData: weightData.buffer.slice(weightData.byteOffset, weightData.byteOffset + weightData.byteLength),
      ...(model.format === undefined ? {} : { format: model.format }),
      ...(model.signature === undefined ? {} : { signature: model.signature }),
    },
  };
}
