// Lee, Ajanthan, Torr: SNIP, arXiv:1810.02340, equation 5, summed over the network as in arXiv:2101.08134:
// sum |w * dL/dw| over the kernels. Vectors (biases, norms) are left out, as there.
import { meanGradient } from './gradientSums.js';
import type { ProxyEntry } from './ProxyEntry.js';

export const snip: ProxyEntry = {
  summary: 'sum of |weight x gradient| over the kernels',
  paper: 'arXiv:1810.02340',
  teacher: false,
  score: async (model) => {
    const gradient = meanGradient(await model.gradients());
    let sum = 0;
    for (const [name, { shape, data }] of Object.entries(model.weights)) {
      if (shape.length < 2) continue;
      for (let i = 0; i < data.length; i++) sum += Math.abs(data[i] * gradient[name][i]);
    }
    return sum;
  },
};
