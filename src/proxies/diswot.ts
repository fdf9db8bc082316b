// Dong, Li, Wei: DisWOT, student architecture search for distillation without training, CVPR 2023, arXiv:2303.15678:
// the untrained student that sees classes and samples as related as its teacher does learns from it best.
// score = -(M_s + M_r): M_s, distance of the class relations (their equation 3); M_r, of the sample relations (equation 5).
// Departures: class activation maps are compared pooled over positions, which makes them the logits where a network ends
// in global pooling and a linear layer, and lets a teacher of any form be compared; both distances are means over rows of
// unit length, so that neither outweighs the other.
import { relationDistance, transposed } from './matrices.js';
import type { ProxyEntry } from './ProxyEntry.js';

export const diswot: ProxyEntry = {
  summary: "how alike the untrained student's relations of classes and samples are to the teacher's",
  paper: 'arXiv:2303.15678',
  teacher: true,
  score: async (model) => {
    const { teacher } = model.batch;
    const { logits, features } = await model.outputs();
    if (teacher === undefined || features === undefined) return undefined;
    const rows = logits.shape[0];
    const classes = relationDistance(
      transposed([...logits.data], rows),
      transposed([...teacher.logits.data], rows),
      logits.shape[1],
    );
    return -(classes + relationDistance([...features.data], [...teacher.features.data], rows));
  },
};
