import { z } from 'zod';
import { digestOf } from '../core/digest.js';
import { validateModelSpec } from '../models/validateModelSpec.js';
import type { ModelSpec } from '../models/ModelSpec.js';

const statistics = z.object({ mean: z.array(z.number()), std: z.array(z.number().positive()) });

const modelSpec = z.unknown().transform((data): ModelSpec => validateModelSpec(data));

const tokenPort = z.object({ name: z.string(), type: z.enum(['int32', 'int64', 'float32']) });
export type TokenPort = z.infer<typeof tokenPort>;

/** What of a graph of another framework is used, and how. */
const graphPartsSchema = z.object({
  /** Takes the images, or the ids of tokens. */
  input: z.string(),
  output: z.string(),
  /** All outputs of an ONNX graph, where it has more than that. */
  outputs: z.array(z.string()).optional(),
  /** Of images the order of their axes. */
  layout: z.enum(['nchw', 'nhwc']).optional(),
  /** Of texts: the type of the ids, how many a text has, and what else the graph reads of them. */
  tokens: z
    .object({
      type: tokenPort.shape.type,
      length: z.number().int().positive(),
      /** The id of padding as the graph knows it, if it is not 0: then that id and 0 change places. */
      padding: z.number().int().positive().optional(),
      /** 1 for a token, 0 for padding. */
      mask: tokenPort.optional(),
      /** Segments; one text has but the first. */
      types: tokenPort.optional(),
      positions: tokenPort.optional(),
    })
    .optional(),
  /** Samples that it takes at a time; null: any number. */
  batch: z.number().int().positive().nullable(),
  /** Tap name -> value of the graph, its shape as it is handed out, and whether [C, H, W] becomes [H, W, C]. */
  taps: z.record(
    z.string(),
    z.object({ value: z.string(), shape: z.array(z.number().int().positive()), transposed: z.boolean() }),
  ),
});
export type GraphParts = z.infer<typeof graphPartsSchema>;

/** `teacher.json`: what a stored teacher is. Its weights lie beside it. */
export const teacherRecordSchema = z.object({
  format: z.literal(1),
  name: z.string(),
  /**
   * spec: ours, weights.bin; layers-model and graph-model: a TF.js directory in model/; onnx: model/model.onnx;
   * saved-model: TensorFlow's directory in model/;
   * team: several of them, never stored.
   */
  kind: z.enum(['spec', 'layers-model', 'graph-model', 'onnx', 'saved-model', 'team']),
  /** Family and size, such as `vit tiny`, or the imported model's own words. */
  family: z.string(),
  /** Class names in the order of the logits. */
  classes: z.array(z.string()).min(2),
  /** Shape of one sample: [height, width, channels] of an image. */
  input: z.array(z.number().int().positive()).min(1).max(3),
  /** Digest of how samples became numbers where that is the data's own (encodingOf), such as a vocabulary. */
  encoding: z.string().optional(),
  normalisation: statistics,
  /** True if the model ends in a softmax: then the logits are the logarithms of its outputs. */
  probabilities: z.boolean(),
  spec: modelSpec.optional(),
  onnx: graphPartsSchema.optional(),
  savedModel: graphPartsSchema.optional(),
  team: z
    .object({
      weighting: z.enum(['fixed', 'confidence']),
      members: z.array(z.object({ name: z.string(), weight: z.number().positive() })).min(1),
    })
    .optional(),
  weights: z.array(z.object({ name: z.string(), shape: z.array(z.number().int().nonnegative()) })).optional(),
  /** SHA-256 of the weights' bytes (imported: of every file of the model). */
  weightsDigest: z.string(),
  params: z.number().int(),
  createdAt: z.number(),
  /** On the data that it was trained on. */
  trainedOn: z
    .object({
      dataset: z.string(),
      datasetDigest: z.string(),
      epochs: z.number(),
      /** Of weights and order; teachers of older versions lack it. */
      seed: z.number().optional(),
      validation: z.number(),
      test: z.number(),
    })
    .optional(),
});
export type TeacherRecord = z.infer<typeof teacherRecordSchema>;

/** SHA-256 over all that decides what the teacher answers: model, weights, classes, input, normalisation. */
export function teacherDigest(record: TeacherRecord): string {
  const { kind, classes, input, encoding, normalisation, probabilities, spec, onnx, savedModel, weightsDigest } =
    record;
  const own = Object.fromEntries(
    Object.entries({ encoding, onnx, savedModel }).filter(([, value]) => value !== undefined),
  );
  return digestOf({ kind, classes, input, ...own, normalisation, probabilities, spec, weightsDigest });
}
