import type { Activation } from '../../models/ModelSpec.js';
import type { GraphBuilder, Value } from '../GraphBuilder.js';
import { channels } from '../GraphBuilder.js';

/**
 * Pre-norm transformer layer on tokens [t, c]: x + attention(norm(x)), then x + mlp(norm(x)) (arXiv:2010.11929, eq. 2-3).
 */
export function transformerLayer(
  b: GraphBuilder,
  x: Value,
  f: { heads: number; expansion: number; activation: Activation; drop_path: number },
): Value {
  const attended = b.sum(x, b.dropPath(b.attention(b.layerNorm(x), f.heads), f.drop_path));
  const inner = Math.max(1, Math.round(channels(x) * f.expansion));
  const mlp = b.dense(b.act(b.dense(b.layerNorm(attended), inner), f.activation), channels(x));
  return b.sum(attended, b.dropPath(mlp, f.drop_path));
}
