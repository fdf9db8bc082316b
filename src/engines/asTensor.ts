import { NasDistillError } from '../core/errors.js';
import { Tensor, type TensorInfo } from './tf.js';

/** tfjs types kernel inputs as bare infos; a kernel called through the engine always gets tensors. @throws NasDistillError INTERNAL */
export function asTensor(kernelName: string, info: TensorInfo): Tensor {
  if (info instanceof Tensor) return info;
  throw new NasDistillError('INTERNAL', `${kernelName}: called with something that is not a tensor`);
}
