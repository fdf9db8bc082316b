import { z } from 'zod';
import { matMul, oneHot, reshape, type Tensor1D } from '../../tf.js';
import type { ComposedKernel } from './ComposedKernel.js';

const attributes = z.object({ numSegments: z.number().int().nonnegative() });

/** Sums rows of x [N, ...] into the segments named by segmentIds [N]: one-hot transposed times x. The gradient of gather. */
export const unsortedSegmentSum: ComposedKernel = {
  kernelName: 'UnsortedSegmentSum',
  compute: ({ x, segmentIds }, attrs) => {
    const { numSegments } = attributes.parse(attrs);
    const rows = reshape(x, [x.shape[0], -1]);
    const sums = matMul(oneHot(segmentIds as Tensor1D, numSegments, 1, 0, 'float32'), rows, true, false);
    return reshape(sums, [numSegments, ...x.shape.slice(1)]);
  },
};
