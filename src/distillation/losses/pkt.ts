// Passalis, Tefas: Learning Deep Representations with Probabilistic Knowledge Transfer, arXiv:1803.10837, equations 4 to 7.
// Cosine kernel (k + 1) / 2, rows made to sum to 1; mean over B*B of pt * log((pt + e) / (ps + e)), e = 1e-7.
import { z } from 'zod';
import { add, div, log, matMul, mean, mul, sub, sum, type Tensor } from '../../engines/tf.js';
import { unitRows } from '../unitRows.js';
import { featureLoss, tapOptions } from './featureLoss.js';

const tiny = 1e-7;

function neighbours(features: Tensor): Tensor {
  const rows = unitRows(features);
  const kernel = mul(add(matMul(rows, rows, false, true), 1), 0.5);
  return div(kernel, sum(kernel, -1, true));
}

/** @param student @param teacher features [B, ...], sizes may differ @returns [] */
export function pktLoss(student: Tensor, teacher: Tensor): Tensor {
  const ps = neighbours(student);
  const pt = neighbours(teacher);
  return mean(mul(pt, sub(log(add(pt, tiny)), log(add(ps, tiny)))));
}

export const pkt = featureLoss({
  name: 'pkt',
  summary: 'probabilities of being neighbours within the batch',
  paper: 'arXiv:1803.10837',
  options: z.strictObject(tapOptions),
  shape: 'grids',
  value: pktLoss,
});
