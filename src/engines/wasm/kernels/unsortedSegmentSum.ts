import { z } from 'zod';
import { reshape, scatterND, type Tensor1D } from '../../tf.js';
import type { ComposedKernel } from './ComposedKernel.js';

const attributes = z.object({ numSegments: z.number().int().nonnegative() });

/**
 * Sums rows of x [N, ...] into the segments named by segmentIds [N]: the gradient of gather. ScatterNd adds where an index
 * comes twice; a product with one-hot rows would cost N * numSegments, which a vocabulary makes hundreds of megabytes.
 */
export const unsortedSegmentSum: ComposedKernel = {
  kernelName: 'UnsortedSegmentSum',
  compute: ({ x, segmentIds }, attrs) => {
    const { numSegments } = attributes.parse(attrs);
    const ids = reshape(segmentIds as Tensor1D, [-1, 1]);
    const count = segmentIds.size;
    const rows = reshape(x, [count, x.size / count]);
    const sums = scatterND(ids, rows, [numSegments, x.size / count]);
    return reshape(sums, [numSegments, ...x.shape.slice(segmentIds.rank)]);
  },
};
