import type { HostTensors } from '../engines/Engine.js';

/** The mean of several gradients, by the names of the weights. */
export function meanGradient(gradients: readonly HostTensors[]): Record<string, Float64Array> {
  return Object.fromEntries(
    Object.keys(gradients[0]).map((name) => {
      const mean = new Float64Array(gradients[0][name].data.length);
      for (const gradient of gradients) {
        const { data } = gradient[name];
        for (let i = 0; i < data.length; i++) mean[i] += data[i] / gradients.length;
      }
      return [name, mean];
    }),
  );
}

/** The Euclidean norm of all values. */
export function euclidean(values: Readonly<Record<string, Float64Array>>): number {
  let sum = 0;
  for (const array of Object.values(values)) for (const value of array) sum += value * value;
  return Math.sqrt(sum);
}
