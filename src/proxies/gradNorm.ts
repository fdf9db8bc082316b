// Abdelfattah, Mehrotra, Dudziak, Lane: Zero-cost proxies for lightweight NAS, arXiv:2101.08134, section 3.2.
// The Euclidean norm of the loss's gradient by all weights, at the first weights.
import { euclidean, meanGradient } from './gradientSums.js';
import type { ProxyEntry } from './ProxyEntry.js';

export const gradNorm: ProxyEntry = {
  summary: 'norm of the gradient of the cross entropy',
  paper: 'arXiv:2101.08134',
  teacher: false,
  score: async (model) => euclidean(meanGradient(await model.gradients())),
};
