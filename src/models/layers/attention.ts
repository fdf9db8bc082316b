import { fusedOps } from '../../engines/fusedOps.js';
import { add, matMul, mul, reshape, softmax, sub, transpose } from '../../engines/ops.js';
import type { Tensor } from '../../engines/tf.js';
import { zeros } from '../Initialiser.js';
import { project } from './dense.js';
import { hidden } from './globalMaxPool.js';
import type { LayerEntry, NodeOf, Shape } from './LayerEntry.js';
import { nodeSchema, sizeSchema } from './nodeSchema.js';
import { maskedTokensInput, ShapeMismatch } from './ShapeMismatch.js';

export const projections = ['query', 'key', 'value'] as const;

/** Channels of one head: as given, or an even share. */
function headSizeOf(node: Pick<NodeOf<'attention'>, 'heads' | 'headSize'>, channels: number): number {
  if (node.headSize !== undefined) return node.headSize;
  if (channels % node.heads !== 0) {
    throw new ShapeMismatch(`${channels} channels do not divide into ${node.heads} heads; give headSize`);
  }
  return channels / node.heads;
}

/** Tokens, channels and inner width (heads * headSize). */
function sizesOf(node: NodeOf<'attention'>, inputs: readonly Shape[]) {
  const [tokens, channels] = maskedTokensInput(inputs);
  return { tokens, channels, inner: node.heads * headSizeOf(node, channels) };
}

/**
 * Multi-head self-attention, softmax(Q K^T / sqrt(headSize)) V, with its four projections (arXiv:1706.03762, eq. 1).
 * The attention maps [heads, T, T] are the extra `weights`. A mask [T, 1] as second input: nothing attends to padding.
 */
export const attention: LayerEntry<NodeOf<'attention'>> = {
  schema: nodeSchema('attention', { heads: sizeSchema, headSize: sizeSchema.optional() }),
  outputShape(node, inputs) {
    const { tokens, channels } = sizesOf(node, inputs);
    return [tokens, channels];
  },
  params(node, inputs) {
    const { channels, inner } = sizesOf(node, inputs);
    const pair = (name: string, from: number, to: number) => [
      {
        name: `${name}_kernel`,
        shape: [from, to],
        init: { kind: 'glorot', fanIn: from, fanOut: to } as const,
        trainable: true,
      },
      { name: `${name}_bias`, shape: [to], init: zeros, trainable: true },
    ];
    return [...projections.flatMap((name) => pair(name, channels, inner)), ...pair('output', inner, channels)];
  },
  macs(node, inputs) {
    const { tokens, channels, inner } = sizesOf(node, inputs);
    return 4 * tokens * channels * inner + 2 * tokens * tokens * inner;
  },
  workspace(node, inputs) {
    const { tokens, inner } = sizesOf(node, inputs);
    const one = tokens * inner;
    const map = node.heads * tokens * tokens;
    // Q, K, V and the scores; V, the scores and their softmax; V, the softmax and the context.
    return Math.max(3 * one + map, one + 2 * map, 2 * one + map);
  },
  extras(node, inputs) {
    const { tokens } = sizesOf(node, inputs);
    return { weights: [node.heads, tokens, tokens] };
  },
  apply(node, inputs, context) {
    const mask = inputs.length > 1 ? inputs[1] : undefined;
    const { output, weights } = selfAttention(inputs[0], node, (name) => context.param(name), mask);
    context.setExtra('weights', weights);
    return output;
  },
};

/** x [B, T, C], perhaps its mask [B, T, 1] -> output [B, T, C] and weights [B, heads, T, T]. Shared with the exported layer. */
export function selfAttention(
  x: Tensor,
  node: Pick<NodeOf<'attention'>, 'heads' | 'headSize'>,
  param: (name: string) => Tensor,
  mask?: Tensor,
): { output: Tensor; weights: Tensor } {
  const [batch, tokens, channels] = x.shape;
  const { heads } = node;
  const headSize = headSizeOf(node, channels);
  const projected = (name: string) => project(x, param(`${name}_kernel`), param(`${name}_bias`));
  const fused = mask ? undefined : fusedOps().attention;
  if (fused) {
    const mixed = fused(projected('query'), projected('key'), projected('value'), heads);
    return { output: project(mixed.output, param('output_kernel'), param('output_bias')), weights: mixed.weights };
  }
  const split = (name: string, axes: number[]) =>
    transpose(reshape(projected(name), [batch, tokens, heads, headSize]), axes);
  // K comes out transposed, so that no product needs a transposing kernel.
  const query = mul(split('query', [0, 2, 1, 3]), 1 / Math.sqrt(headSize));
  const scores = matMul(query, split('key', [0, 2, 3, 1]));
  const far = mask && mul(sub(reshape(mask, [batch, 1, 1, tokens]), 1), hidden);
  const weights = softmax(far ? add(scores, far) : scores);
  const mixed = transpose(matMul(weights, split('value', [0, 2, 1, 3])), [0, 2, 1, 3]);
  const joined = reshape(mixed, [batch, tokens, heads * headSize]);
  return { output: project(joined, param('output_kernel'), param('output_bias')), weights };
}
