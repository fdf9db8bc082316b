// Park et al.: Relational Knowledge Distillation, arXiv:1904.05068, equations 5 to 9.
// Smooth-L1 (delta 1) of pairwise distances, each over its own mean, and of the cosines of all angles; means over all
// B*B pairs and B*B*B triples.
import { z } from 'zod';
import {
  abs,
  add,
  div,
  eye,
  matMul,
  mean,
  minimum,
  mul,
  relu,
  reshape,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
} from '../../engines/tf.js';
import { featureLoss, tapOptions } from './featureLoss.js';

/** Keeps the square root's gradient finite where two images have equal features. */
const tiny = 1e-8;

interface Relations {
  readonly gram: Tensor;
  /** [B, B] distances, the diagonal 1 so that it can divide. */
  readonly distances: Tensor;
  /** [B, B], 0 on the diagonal, 1 elsewhere. */
  readonly others: Tensor;
}

/** From inner products alone, so that nothing of size B * B * features is made. */
function relationsOf(features: Tensor): Relations {
  const batch = features.shape[0];
  const rows = reshape(features, [batch, -1]);
  const diagonal = eye(batch);
  const others = sub(1, diagonal);
  const gram = matMul(rows, rows, false, true);
  const norms = sum(square(rows), -1, true);
  const squared = sub(add(norms, reshape(norms, [1, batch])), mul(gram, 2));
  const distances = add(mul(sqrt(add(relu(squared), tiny)), others), diagonal);
  return { gram, distances, others };
}

function smoothL1(student: Tensor, teacher: Tensor): Tensor {
  const size = abs(sub(student, teacher));
  const inner = minimum(size, 1);
  return mean(mul(inner, sub(size, mul(inner, 0.5))));
}

function scaledDistances(features: Tensor): Tensor {
  const batch = features.shape[0];
  const { distances, others } = relationsOf(features);
  const off = mul(distances, others);
  return div(off, div(sum(off), batch * (batch - 1)));
}

/** [B, B, B]: at [i, j, k] the cosine of the angle at i between j and k, 0 where j or k is i. */
function cosines(features: Tensor): Tensor {
  const batch = features.shape[0];
  const { gram, distances, others } = relationsOf(features);
  const own = reshape(sum(mul(gram, eye(batch)), -1), [batch, 1, 1]);
  const between = reshape(gram, [1, batch, batch]);
  const products = add(sub(sub(between, reshape(gram, [batch, batch, 1])), reshape(gram, [batch, 1, batch])), own);
  const inverse = div(others, distances);
  return mul(mul(products, reshape(inverse, [batch, batch, 1])), reshape(inverse, [batch, 1, batch]));
}

/** @param student @param teacher features [B, ...], sizes may differ, B >= 2 @returns [] */
export function rkdDistanceLoss(student: Tensor, teacher: Tensor): Tensor {
  return smoothL1(scaledDistances(student), scaledDistances(teacher));
}

/** @param student @param teacher features [B, ...], sizes may differ @returns [] */
export function rkdAngleLoss(student: Tensor, teacher: Tensor): Tensor {
  return smoothL1(cosines(student), cosines(teacher));
}

export const rkd = featureLoss({
  name: 'rkd',
  summary: 'distances and angles between the images of a batch',
  paper: 'arXiv:1904.05068',
  options: z.strictObject({
    ...tapOptions,
    distance: z.number().nonnegative().default(1).describe('weight of distances'),
    angle: z.number().nonnegative().default(2).describe('weight of angles'),
  }),
  shape: 'grids',
  value: (s, t, { distance, angle }) => add(mul(rkdDistanceLoss(s, t), distance), mul(rkdAngleLoss(s, t), angle)),
});
