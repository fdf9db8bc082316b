// The gradient norm of arXiv:2101.08134 with the distillation loss in place of the cross entropy: how strongly the teacher's
// answers (kd, T = 4, arXiv:1503.02531) pull at the student's first weights. Departs from the paper in the loss alone.
import { euclidean, meanGradient } from './gradientSums.js';
import type { ProxyEntry } from './ProxyEntry.js';

export const kdGradNorm: ProxyEntry = {
  summary: "norm of the gradient of the distillation loss against the teacher's answers",
  paper: 'arXiv:2101.08134 with the loss of arXiv:1503.02531',
  teacher: true,
  score: async (model) => euclidean(meanGradient(await model.teacherGradients())),
};
