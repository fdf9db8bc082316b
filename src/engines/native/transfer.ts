import { NasDistillError } from '../../core/errors.js';
import type { HostTensor } from '../Engine.js';
import { tensorflow } from './TensorflowBackend.js';

/** A copy of the values on TensorFlow's side: the new tensor's number. */
export function toTensorflow({ data, dtype, shape }: HostTensor): number {
  const { binding } = tensorflow();
  return binding.createTensor(shape, dtype === 'int32' ? binding.TF_INT32 : binding.TF_FLOAT, data.slice());
}

/** A tensor's values, copied; booleans become int32. */
export function fromTensorflow(id: number, shape: readonly number[]): HostTensor {
  const data = tensorflow().binding.tensorDataSync(id);
  if (data instanceof Float32Array) return { shape: [...shape], dtype: 'float32', data };
  if (data instanceof Int32Array) return { shape: [...shape], dtype: 'int32', data };
  if (data instanceof Uint8Array) return { shape: [...shape], dtype: 'int32', data: Int32Array.from(data) };
  throw new NasDistillError('INTERNAL', 'a step returned a tensor that is neither of numbers nor of truth values');
}
