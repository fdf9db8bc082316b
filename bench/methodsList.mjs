// What bench:methods compares: pairs of teacher and student, and methods with the weights that METHODS and the papers give.
// Every method keeps the labels' cross entropy, so that what is seen is what the teacher adds.

const ce = { loss: 'ce', weight: 1 };

/** `taps` of pairs name where features are compared; a method that a pair cannot have is left out, which is said. */
export const methods = {
  kd: { title: 'kd, T 4 (recipe kd)', paper: 'arXiv:1503.02531', losses: kd(4) },
  'kd-t1': { title: 'kd, T 1', paper: 'arXiv:1503.02531', losses: kd(1) },
  'kd-t8': { title: 'kd, T 8', paper: 'arXiv:1503.02531', losses: kd(8) },
  hard: { title: 'hard labels of the teacher', paper: 'arXiv:2012.12877', losses: [{ loss: 'hard', weight: 0.5 }, { loss: 'ce', weight: 0.5 }] },
  dkd: {
    title: 'dkd, beta 8, warm-up',
    paper: 'arXiv:2203.08679',
    losses: [{ loss: 'dkd', weight: 1, schedule: { kind: 'warm-up', length: 0.2 } }, ce],
  },
  'dkd-even': {
    title: 'dkd, beta 1, warm-up (recipe dkd)',
    paper: 'arXiv:2203.08679',
    losses: [
      { loss: 'dkd', weight: 1, options: { beta: 1 }, schedule: { kind: 'warm-up', length: 0.2 } },
      ce,
    ],
  },
  'kd-dist': {
    title: 'kd and dist (recipe default)',
    paper: '',
    losses: [
      { loss: 'kd', weight: 0.5, options: { temperature: 4 } },
      { loss: 'dist', weight: 1 },
      { loss: 'ce', weight: 0.3 },
    ],
  },
  dist: { title: 'dist', paper: 'arXiv:2205.10536', losses: [{ loss: 'dist', weight: 2 }, ce] },
  ofa: {
    title: 'ofa, exits at stages 1 to 3',
    paper: 'arXiv:2310.19444',
    losses: [{ loss: 'ofa', weight: 1, options: { exits: ['stage1', 'stage2', 'stage3'] } }, ce],
  },
  standardised: {
    title: 'logit standardization',
    paper: 'arXiv:2403.01427',
    losses: [
      { loss: 'logit-standardization', weight: 9 },
      { loss: 'ce', weight: 0.1 },
    ],
  },
  hint: {
    title: 'hint, embedding',
    paper: 'arXiv:1412.6550',
    losses: [{ loss: 'hint', weight: 1, options: { student: 'embedding', teacher: 'embedding' } }, ce],
  },
  rkd: {
    title: 'rkd, embedding',
    paper: 'arXiv:1904.05068',
    losses: [{ loss: 'rkd', weight: 25, options: { distance: 1, angle: 2 } }, ce],
  },
  similarity: { title: 'similarity, embedding', paper: 'arXiv:1907.09682', losses: [{ loss: 'similarity', weight: 3000 }, ce] },
  crd: { title: 'crd, bank 1024', paper: 'arXiv:1910.10699', losses: [{ loss: 'crd', weight: 0.8, options: { bank: 1024 } }, ce] },
  graph: { title: 'graph, k 8', paper: 'arXiv:1907.02226', losses: [{ loss: 'graph', weight: 1 }, ce] },
}; // prettier-ignore

function kd(temperature) {
  return [
    { loss: 'kd', weight: 0.7, options: { temperature } },
    { loss: 'ce', weight: 0.3 },
  ];
}

/**
 * `width`: factor on the reference student of the space. `train`: training samples, where a pair needs others than the rest.
 * `overrides`: losses of a method in this pair.
 */
export const pairs = {
  'vit-cnn': { title: 'ViT to CNN', data: 'fashion-mnist', family: 'vit', space: 'resnet-convnext', width: 0.25 },
  'resnet-cnn': {
    title: 'ResNet to CNN',
    data: 'fashion-mnist',
    family: 'resnet',
    space: 'resnet-convnext',
    width: 0.125,
  },
  'cnn-vit': { title: 'CNN (ResNet) to ViT', data: 'fashion-mnist', family: 'resnet', space: 'tiny-vit', width: 0.125 },
  'transformer-bilstm': {
    title: 'Transformer to BiLSTM (text)',
    data: 'wordnet',
    family: 'transformer',
    space: 'text-bilstm',
    width: 1,
    // 45 classes of very different sizes.
    train: 20_000,
    // A BiLSTM's stages have no exits of a grid.
    overrides: { ofa: [{ loss: 'ofa', weight: 1 }, ce] },
  },
};
