import type { WeightFormat } from '../costs/CostModel.js';
import type { HostTensor, HostTensors } from '../engines/Engine.js';
import { storedValues, storeTensor, type StorageFormat } from '../engines/StoredTensor.js';

/**
 * How a weight of a shape lies in the exported files, as src/costs counts it: under int8, vectors (biases, norms, their
 * statistics) stay float32, because they are few and every channel hangs on them.
 */
export function storageOf(weights: WeightFormat): (shape: readonly number[]) => StorageFormat {
  if (weights !== 'int8') return () => weights;
  return (shape) => (shape.length >= 2 ? 'uint8' : 'float32');
}

/** The float32 numbers that the exported files compute with: the student that is really delivered. */
export function asStored(variables: HostTensors, weights: WeightFormat): HostTensors {
  if (weights === 'float32') return variables;
  const storage = storageOf(weights);
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]): [string, HostTensor] => [
      name,
      { ...value, data: storedValues(storeTensor(name, value, storage(value.shape))) },
    ]),
  );
}
