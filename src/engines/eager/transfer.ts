import { NasDistillError } from '../../core/errors.js';
import type { HostTensor } from '../Engine.js';
import { tensor, type Tensor } from '../tf.js';

/** Copies values to the active backend. */
export function toTensor(value: HostTensor): Tensor {
  return tensor(value.data, [...value.shape], value.dtype);
}

/** Copies values out; booleans become int32. */
export async function toHost(value: Tensor): Promise<HostTensor> {
  const shape = [...value.shape];
  const data = await value.data();
  // A backend may keep a cast value in the array that it came in, and booleans are bytes.
  if (value.dtype === 'float32') {
    return { shape, dtype: 'float32', data: data instanceof Float32Array ? data : Float32Array.from(data) };
  }
  if (value.dtype === 'int32' || value.dtype === 'bool') {
    return { shape, dtype: 'int32', data: data instanceof Int32Array ? data : Int32Array.from(data) };
  }
  throw new NasDistillError('INTERNAL', `a step returned a tensor of type ${value.dtype}`);
}
