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
  if (value.dtype === 'float32' && data instanceof Float32Array) return { shape, dtype: 'float32', data };
  if (value.dtype === 'int32' && data instanceof Int32Array) return { shape, dtype: 'int32', data };
  if (value.dtype === 'bool') return { shape, dtype: 'int32', data: Int32Array.from(data) };
  throw new NasDistillError('INTERNAL', `a step returned a tensor of type ${value.dtype}`);
}
