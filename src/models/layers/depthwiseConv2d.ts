import { z } from 'zod';
import type { Tensor4D } from '../../engines/tf.js';
import { requireWindow, slid } from './convolved.js';
import { zeros } from '../Initialiser.js';
import type { LayerEntry, NodeOf } from './LayerEntry.js';
import { nodeSchema, paddingSchema, sizeSchema } from './nodeSchema.js';
import { imageInput } from './ShapeMismatch.js';
import { windowedLength } from './windows.js';
import { withBias } from './withBias.js';

/** One filter a channel over [H, W, C]; kernel [k, k, C, 1]. */
export const depthwiseConv2d: LayerEntry<NodeOf<'depthwise_conv2d'>> = {
  schema: nodeSchema('depthwise_conv2d', {
    kernel: sizeSchema,
    stride: sizeSchema,
    padding: paddingSchema,
    useBias: z.boolean(),
    dilation: sizeSchema.optional(),
  }),
  outputShape(node, inputs) {
    const [height, width, channels] = imageInput(inputs);
    const { kernel, stride, padding, dilation } = node;
    requireWindow(node);
    const length = (size: number) => windowedLength(size, kernel, stride, padding, dilation);
    return [length(height), length(width), channels];
  },
  params(node, inputs) {
    const [, , channels] = imageInput(inputs);
    const { kernel } = node;
    const init = { kind: 'he', fanIn: kernel * kernel } as const;
    const weights = { name: 'kernel', shape: [kernel, kernel, channels, 1], init, trainable: true };
    return node.useBias ? [weights, { name: 'bias', shape: [channels], init: zeros, trainable: true }] : [weights];
  },
  macs: (node, _inputs, [height, width, channels]) => height * width * channels * node.kernel * node.kernel,
  apply(node, [x], context) {
    const y = slid(x as Tensor4D, context.param('kernel') as Tensor4D, node);
    return node.useBias ? withBias(y, context.param('bias')) : y;
  },
};
