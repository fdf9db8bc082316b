// Mellor, Turner, Storkey, Crowley: Neural architecture search without training, arXiv:2006.04647, equation 2:
// log |det K|, K[i, j] = the number of rectified units that samples i and j have alike on or alike off.
// Departure: activations other than ReLU count as on where their input is positive.
import { logDeterminant } from './matrices.js';
import type { ProxyEntry } from './ProxyEntry.js';

export const naswot: ProxyEntry = {
  summary: 'how differently the samples of a batch switch the activations',
  paper: 'arXiv:2006.04647',
  teacher: false,
  score: async (model) => {
    const outputs = await model.outputs();
    if (!Object.hasOwn(outputs, 'agreement')) return undefined;
    const value = logDeterminant([...outputs.agreement.data], outputs.agreement.shape[0]);
    return Number.isFinite(value) ? value : undefined;
  },
};
