import { customGrad, zerosLike, type Tensor } from '../engines/tf.js';

/** The same value, and no gradient. */
export function constantOf(x: Tensor): Tensor {
  return customGrad((...args) => ({
    value: (args[0] as Tensor).clone(),
    gradFunc: (dy: Tensor | Tensor[]) => [zerosLike(Array.isArray(dy) ? dy[0] : dy)],
  }))(x);
}
