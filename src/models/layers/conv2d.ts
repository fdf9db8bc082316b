import { z } from 'zod';
import { conv2d as convolve } from '../../engines/ops.js';
import type { Tensor4D } from '../../engines/tf.js';
import { zeros } from '../Initialiser.js';
import type { LayerEntry, NodeOf } from './LayerEntry.js';
import { nodeSchema, paddingSchema, sizeSchema } from './nodeSchema.js';
import { imageInput } from './ShapeMismatch.js';
import { windowedLength } from './windows.js';
import { withBias } from './withBias.js';

/** Convolution over [H, W, C]; kernel [k, k, C, filters]. */
export const conv2d: LayerEntry<NodeOf<'conv2d'>> = {
  schema: nodeSchema('conv2d', {
    filters: sizeSchema,
    kernel: sizeSchema,
    stride: sizeSchema,
    padding: paddingSchema,
    useBias: z.boolean(),
  }),
  outputShape(node, inputs) {
    const [height, width] = imageInput(inputs);
    const { kernel, stride, padding, filters } = node;
    return [windowedLength(height, kernel, stride, padding), windowedLength(width, kernel, stride, padding), filters];
  },
  params(node, inputs) {
    const [, , channels] = imageInput(inputs);
    const { kernel, filters } = node;
    const fanIn = kernel * kernel * channels;
    const shape = [kernel, kernel, channels, filters];
    const weights = { name: 'kernel', shape, init: { kind: 'he', fanIn }, trainable: true } as const;
    return node.useBias ? [weights, { name: 'bias', shape: [filters], init: zeros, trainable: true }] : [weights];
  },
  macs: (node, [input], [height, width, filters]) => height * width * filters * node.kernel * node.kernel * input[2],
  apply(node, [x], context) {
    const y = convolve(x as Tensor4D, context.param('kernel') as Tensor4D, node.stride, node.padding);
    return node.useBias ? withBias(y, context.param('bias')) : y;
  },
};
