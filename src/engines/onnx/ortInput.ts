import ort from 'onnxruntime-node';
import type { HostTensor } from '../Engine.js';

/** A copy of a tensor in the runtime's form. */
export function ortInput({ data, dtype, shape }: HostTensor): ort.Tensor {
  return dtype === 'int32'
    ? new ort.Tensor('int32', Int32Array.from(data), [...shape])
    : new ort.Tensor('float32', Float32Array.from(data), [...shape]);
}
