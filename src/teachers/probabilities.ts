import { add, log, type Tensor } from '../engines/tf.js';

/** Logits of outputs that are probabilities, up to a constant per row (which no softmax sees). */
export function logitsOfProbabilities(probabilities: Tensor): Tensor {
  return log(add(probabilities, 1e-7));
}
