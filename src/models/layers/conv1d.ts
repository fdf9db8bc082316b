import { z } from 'zod';
import { concat, pad, reshape, slice } from '../../engines/ops.js';
import { zeros } from '../Initialiser.js';
import { project } from './dense.js';
import type { LayerEntry, NodeOf } from './LayerEntry.js';
import { nodeSchema, sizeSchema } from './nodeSchema.js';
import { tokensInput } from './ShapeMismatch.js';

/**
 * Convolution along a sequence, stride 1, zeros beyond its ends: [T, C] -> [T, filters]; kernel [k, C, filters]. Done as one
 * matrix product over the k shifted sequences side by side, which every engine is fast at, forwards and backwards.
 */
export const conv1d: LayerEntry<NodeOf<'conv1d'>> = {
  schema: nodeSchema('conv1d', { filters: sizeSchema, kernel: sizeSchema, useBias: z.boolean() }),
  outputShape: (node, inputs) => [tokensInput(inputs)[0], node.filters],
  params(node, inputs) {
    const [, channels] = tokensInput(inputs);
    const { filters, kernel } = node;
    const init = { kind: 'he', fanIn: kernel * channels } as const;
    const weights = { name: 'kernel', shape: [kernel, channels, filters], init, trainable: true };
    return node.useBias ? [weights, { name: 'bias', shape: [filters], init: zeros, trainable: true }] : [weights];
  },
  macs(node, inputs) {
    const [tokens, channels] = tokensInput(inputs);
    return tokens * node.kernel * channels * node.filters;
  },
  workspace(node, inputs) {
    const [tokens, channels] = tokensInput(inputs);
    return node.kernel === 1 ? 0 : tokens * node.kernel * channels;
  },
  apply(node, [x], context) {
    const [batch, tokens, channels] = x.shape;
    const { filters, kernel } = node;
    // TensorFlow's rule for same padding: the odd one goes behind.
    const before = (kernel - 1) >> 1;
    const padded =
      kernel === 1
        ? x
        : pad(x, [
            [0, 0],
            [before, kernel - 1 - before],
            [0, 0],
          ]);
    const shifted = Array.from({ length: kernel }, (_, k) => slice(padded, [0, k, 0], [batch, tokens, channels]));
    const wide = kernel === 1 ? x : concat(shifted, 2);
    const weights = reshape(context.param('kernel'), [kernel * channels, filters]);
    return project(wide, weights, node.useBias ? context.param('bias') : undefined);
  },
};
