import { fusedOps } from '../../engines/fusedOps.js';
import { add } from '../../engines/ops.js';
import type { Tensor } from '../../engines/tf.js';

/** y [..., C] + bias [C]. */
export function withBias(y: Tensor, bias: Tensor): Tensor {
  return fusedOps().addBias?.(y, bias) ?? add(y, bias);
}
