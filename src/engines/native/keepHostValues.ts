import { type BackendValues, type DataId, type KernelBackend } from '../tf.js';

/**
 * tfjs-node hands JavaScript's own array to TensorFlow, and hands it out again while no operator has used it. Whoever wrote
 * to that array would change the tensor, so values are copied on both ways.
 */
export function keepHostValues(backend: KernelBackend): KernelBackend {
  const read = backend.readSync.bind(backend);
  const write = backend.write.bind(backend);
  const handedIn = new WeakSet<object>();
  backend.write = (values: BackendValues, shape, dtype): DataId => {
    const copied = ArrayBuffer.isView(values) ? values.slice() : values;
    if (ArrayBuffer.isView(copied)) handedIn.add(copied);
    return write(copied, shape, dtype);
  };
  backend.readSync = (dataId: object): BackendValues => {
    const values = read(dataId);
    return ArrayBuffer.isView(values) && handedIn.has(values) ? values.slice() : values;
  };
  return backend;
}
