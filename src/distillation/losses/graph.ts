// Relation graphs over the batch: Liu et al., Knowledge Distillation via Instance Relationship Graph, CVPR 2019; in the
// family of Lee and Song, Graph-based Knowledge Distillation by Multi-head Attention Network, arXiv:1907.02226.
// Nodes are the images' features as unit vectors, the student's through an adapter. Edges go from each image to its k
// nearest in the teacher's space (cosine). With A the cosines and N(i) the neighbours:
// edges * mean_{i, j in N(i)} (As_ij - At_ij)^2 + nodes * mean_i |mean_{j in N(i)} s_j - mean_{j in N(i)} t_j|^2.
// Departs from both papers in that the graph has the teacher's neighbours only, and is matched at one layer.
import { z } from 'zod';
import {
  add,
  cast,
  div,
  eye,
  greaterEqual,
  matMul,
  mean,
  mul,
  reshape,
  slice,
  square,
  sub,
  sum,
  topk,
  type Tensor,
} from '../../engines/tf.js';
import { unitRows } from '../unitRows.js';
import { adaptedOptions, featureLoss } from './featureLoss.js';

/** Below every cosine: an image is no neighbour of itself. */
const far = 3;

/** [B, B]: 1 where j is one of the k nearest of i, ties included. */
function neighbourhood(cosines: Tensor, k: number): Tensor {
  const batch = cosines.shape[0];
  const others = sub(cosines, mul(eye(batch), far));
  const nearest = topk(others, k).values;
  const last = slice(nearest, [0, k - 1], [batch, 1]);
  return cast(greaterEqual(others, reshape(last, [batch, 1])), 'float32');
}

/** @param student @param teacher features [B, ...] of one size, B >= 2; k is cut to B - 1 @returns [] */
export function graphLoss(
  student: Tensor,
  teacher: Tensor,
  { k, edges, nodes }: { k: number; edges: number; nodes: number },
): Tensor {
  const [s, t] = [unitRows(student), unitRows(teacher)];
  const [cosS, cosT] = [matMul(s, s, false, true), matMul(t, t, false, true)];
  const near = neighbourhood(cosT, Math.min(k, t.shape[0] - 1));
  const degree = sum(near, -1, true);
  const edge = div(sum(mul(near, square(sub(cosS, cosT)))), sum(degree));
  const average = div(near, degree);
  const node = mean(sum(square(sub(matMul(average, s), matMul(average, t))), -1));
  return add(mul(edge, edges), mul(node, nodes));
}

export const graph = featureLoss({
  name: 'graph',
  summary: "the teacher's nearest neighbours in the batch: their edges and their mean",
  paper: 'arXiv:1907.02226',
  options: z.strictObject({
    ...adaptedOptions,
    k: z.number().int().positive().default(8).describe('neighbours of each image'),
    edges: z.number().nonnegative().default(1).describe('weight of the cosines along edges'),
    nodes: z.number().nonnegative().default(1).describe("weight of the neighbours' mean"),
  }),
  shape: 'adapted',
  value: (s, t, options) => graphLoss(mean(s, [1, 2]), mean(t, [1, 2]), options),
});
