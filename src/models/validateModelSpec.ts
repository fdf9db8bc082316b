import { z } from 'zod';
import { NasDistillError } from '../core/errors.js';
import { inferShapes } from './inferShapes.js';
import { layers } from './layers/registry.js';
import { nameSchema, sizeSchema } from './layers/nodeSchema.js';
import type { LayerOp, ModelSpec, NodeSpec } from './ModelSpec.js';

const targetSchema = z.string().regex(/^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_]+)?$/);
const modelSchema = z.strictObject({
  input: z.array(sizeSchema).min(1).max(3),
  inputKind: z.literal('tokens').optional(),
  nodes: z
    .array(z.looseObject({ op: z.string() }))
    .min(1)
    .max(10_000),
  logits: nameSchema,
  taps: z.record(nameSchema, targetSchema),
});

/**
 * Checks data from outside (a file, a message) as a model: known layers only, no unknown fields, every input defined
 * before its use, shapes that fit. @throws NasDistillError MODEL
 */
export function validateModelSpec(data: unknown): ModelSpec {
  const model = parse(modelSchema, data, 'model');
  const nodes = model.nodes.map((node, i): NodeSpec => {
    const where = `model node ${typeof node.name === 'string' ? `'${node.name}'` : i}`;
    if (!isLayerOp(node.op)) {
      throw new NasDistillError('MODEL', `${where}: unknown layer '${node.op}'`, {
        hint: `Known layers: ${Object.keys(layers).join(', ')}.`,
      });
    }
    return parse(layers[node.op].schema, node, where);
  });
  const { input, inputKind, logits, taps } = model;
  const spec: ModelSpec = { input, ...(inputKind === undefined ? {} : { inputKind }), nodes, logits, taps };
  inferShapes(spec);
  return spec;
}

function isLayerOp(op: string): op is LayerOp {
  return Object.hasOwn(layers, op);
}

function parse<T>(schema: z.ZodType<T>, data: unknown, where: string): T {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue.path.map(String).join('.');
  throw new NasDistillError('MODEL', `${where}${path ? `: ${path}` : ''}: ${issue.message}`);
}
