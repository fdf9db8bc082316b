// Li, Yang, Bhardwaj, Marculescu: ZiCo, arXiv:2301.11300, equation 14: the sum over layers of
// log( sum over the layer's weights of mean |g| / deviation of |g| ), both over several batches.
// Departures: the batches are the four parts of one; weights whose gradient never varies are left out, as in the paper's code.
import type { HostTensors } from '../engines/Engine.js';
import type { ProxyEntry } from './ProxyEntry.js';

/** @param gradients of each batch, by the names of the weights @param names of the layers' kernels */
export function zicoOf(gradients: readonly HostTensors[], names: readonly string[]): number {
  let total = 0;
  for (const name of names) {
    let layer = 0;
    const batches = gradients.map((gradient) => gradient[name].data);
    for (let i = 0; i < batches[0].length; i++) {
      let sum = 0;
      for (const values of batches) sum += Math.abs(values[i]);
      const mean = sum / batches.length;
      let squares = 0;
      for (const values of batches) squares += (Math.abs(values[i]) - mean) ** 2;
      if (squares > 0) layer += mean / Math.sqrt(squares / batches.length);
    }
    if (layer > 0) total += Math.log(layer);
  }
  return total;
}

export const zico: ProxyEntry = {
  summary: 'how large and how steady the gradients are over several batches',
  paper: 'arXiv:2301.11300',
  teacher: false,
  score: async (model) => {
    const kernels = Object.entries(model.weights).filter(([, { shape }]) => shape.length > 1);
    return zicoOf(
      await model.gradients(),
      kernels.map(([name]) => name),
    );
  },
};
