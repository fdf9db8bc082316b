import { z } from 'zod';
import type { Tensor4D } from '../../engines/tf.js';
import { convolved, requireWindow } from './convolved.js';
import { zeros } from '../Initialiser.js';
import type { LayerEntry, NodeOf } from './LayerEntry.js';
import { nodeSchema, paddingSchema, sizeSchema } from './nodeSchema.js';
import { imageInput, ShapeMismatch } from './ShapeMismatch.js';
import { windowedLength } from './windows.js';
import { withBias } from './withBias.js';

/** Convolution over [H, W, C]; kernel [k, k, C / groups, filters]. */
export const conv2d: LayerEntry<NodeOf<'conv2d'>> = {
  schema: nodeSchema('conv2d', {
    filters: sizeSchema,
    kernel: sizeSchema,
    stride: sizeSchema,
    padding: paddingSchema,
    useBias: z.boolean(),
    dilation: sizeSchema.optional(),
    groups: sizeSchema.optional(),
  }),
  outputShape(node, inputs) {
    const [height, width, channels] = imageInput(inputs);
    const { kernel, stride, padding, filters, dilation, groups = 1 } = node;
    requireWindow(node);
    if (groups > 1 && (groups >= channels || channels % groups > 0 || filters % groups > 0)) {
      throw new ShapeMismatch(
        `${groups} groups must be fewer than the ${channels} channels and divide them and the ${filters} filters`,
      );
    }
    const length = (size: number) => windowedLength(size, kernel, stride, padding, dilation);
    return [length(height), length(width), filters];
  },
  params(node, inputs) {
    const [, , channels] = imageInput(inputs);
    const { kernel, filters, groups = 1 } = node;
    const seen = channels / groups;
    const fanIn = kernel * kernel * seen;
    const shape = [kernel, kernel, seen, filters];
    const weights = { name: 'kernel', shape, init: { kind: 'he', fanIn }, trainable: true } as const;
    return node.useBias ? [weights, { name: 'bias', shape: [filters], init: zeros, trainable: true }] : [weights];
  },
  macs: ({ kernel, groups = 1 }, [input], [height, width, filters]) =>
    (height * width * filters * kernel * kernel * input[2]) / groups,
  apply(node, [x], context) {
    const y = convolved(x as Tensor4D, context.param('kernel') as Tensor4D, node, context.training);
    return node.useBias ? withBias(y, context.param('bias')) : y;
  },
};
