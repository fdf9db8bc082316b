// Exponential moving average of the weights: Polyak and Juditsky 1992; as in Tarvainen and Valpola, Mean teachers,
// arXiv:1703.01780, section 2: a <- d * a + (1 - d) * w after each step. The decay grows as min(d, (1 + t) / (10 + t))
// over the steps t, so that the average of a brief training is not its first weights.
// Departs from the paper in averaging the batch norms' statistics too.
import type { HostTensor, HostTensors, TensorSpecs, Tensors } from '../engines/Engine.js';
import { fusedOps } from '../engines/fusedOps.js';
import { add, mul, sub, type Tensor } from '../engines/tf.js';
import { flatten, unflatten } from './optimisers/flat.js';

/** Where the average of all of the model's values lies in a step's state: one vector. */
export const averageName = 'average/model';

/** @param step from 0 */
export function averageDecay(decay: number, step: number): number {
  return Math.min(decay, (1 + step) / (10 + step));
}

/** The average before the first step: the values themselves, one after the other. */
export function firstAverage(values: HostTensors, names: readonly string[]): HostTensor {
  const size = names.reduce((sum, name) => sum + values[name].data.length, 0);
  const data = new Float32Array(size);
  let at = 0;
  for (const name of names) {
    data.set(values[name].data, at);
    at += values[name].data.length;
  }
  return { shape: [size], dtype: 'float32', data };
}

/** The average after a step; `values` are the step's new ones. @param decay shape [] */
export function movedAverage(average: Tensor, values: Tensors, names: readonly string[], decay: Tensor): Tensor {
  const fused = fusedOps().movedAverage;
  if (fused) return fused(average, names.map((name) => values[name]), decay); // prettier-ignore
  return add(mul(average, decay), mul(flatten(values, names), sub(1, decay)));
}

/** The averaged values by name; shapes are those of `state`. */
export function averagedValues(state: Tensors, names: readonly string[]): Tensors {
  return unflatten(state[averageName], names, state);
}

/** The average as part of a state with other statistics, by name. */
export function withStatistics(state: Tensors, names: readonly string[], statistics: Tensors): Tensors {
  return { [averageName]: flatten({ ...averagedValues(state, names), ...statistics }, names) };
}

/** The same on JavaScript's side. */
export function averagedHostValues(
  average: HostTensor,
  names: readonly string[],
  specs: TensorSpecs,
): Record<string, HostTensor> {
  let at = 0;
  return Object.fromEntries(
    names.map((name) => {
      const { shape } = specs[name];
      const size = shape.reduce((product, n) => product * n, 1);
      at += size;
      return [name, { shape, dtype: 'float32', data: Float32Array.from(average.data.subarray(at - size, at)) }];
    }),
  );
}
