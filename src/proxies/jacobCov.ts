// Mellor, Turner, Storkey, Crowley, arXiv:2006.04647, version 1, equation 3: the correlations between samples of the
// derivative of the summed logits by the input, scored by their eigenvalues v: -sum log(v + k) + 1 / (v + k), k = 1e-5.
import type { StepFunction } from '../engines/Engine.js';
import { lossAndGradients } from '../engines/lossAndGradients.js';
import { sum } from '../engines/tf.js';
import { applyModel } from '../models/applyModel.js';
import { correlations, eigenvalues } from './matrices.js';
import type { ProxyEntry } from './ProxyEntry.js';

const k = 1e-5;

export const jacobCov: ProxyEntry = {
  summary: "how independent the samples' input gradients are",
  paper: 'arXiv:2006.04647 (version 1)',
  teacher: false,
  score: async (model) => {
    if (model.spec.inputKind === 'tokens') return undefined; // ids have no derivative
    const step: StepFunction = (state, feeds) => {
      const { grads } = lossAndGradients({ image: feeds.image }, ({ image }) => {
        const { logits } = applyModel(model.spec, state, image, { training: true, noise: feeds });
        return { loss: sum(logits) };
      });
      return { outputs: { image: grads.image } };
    };
    const { image } = await model.run(model.spec, step, model.allValues, { image: model.batch.image });
    const matrix = correlations([...image.data], image.shape[0]);
    if (matrix === undefined) return undefined;
    return -eigenvalues(matrix, image.shape[0]).reduce((total, v) => {
      const shifted = Math.max(v, 0) + k;
      return total + Math.log(shifted) + 1 / shifted;
    }, 0);
  },
};
