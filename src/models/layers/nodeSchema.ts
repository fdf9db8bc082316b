import { z } from 'zod';
import type { LayerOp } from '../ModelSpec.js';

export const nameSchema = z
  .string()
  .regex(/^[A-Za-z0-9_.-]+$/, 'a name has letters, digits, "_", "." and "-" only')
  .max(120);
export const sizeSchema = z.int().min(1).max(1_000_000);
export const rateSchema = z.number().min(0).lt(1);
export const paddingSchema = z.enum(['same', 'valid']);

/** The checker of a node: the fields that every node has, its op and its own options; unknown fields are errors. */
export function nodeSchema<Op extends LayerOp, Options extends z.ZodRawShape>(op: Op, options: Options) {
  return z.strictObject({
    name: nameSchema.refine((name) => name !== 'input', '"input" is reserved for the model\'s input'),
    inputs: z.array(nameSchema).min(1),
    block: z.string().max(200).optional(),
    op: z.literal(op),
    ...options,
  });
}
