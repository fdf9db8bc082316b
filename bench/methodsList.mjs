// What bench:methods compares: pairs of teacher and student, and methods with the weights that METHODS and the papers give.
// Unless its own table says otherwise, a method keeps the labels' cross entropy, so that what is seen is what the teacher adds.

const ce = { loss: 'ce', weight: 1 };
const warm = { kind: 'warm-up', length: 0.2 };
const term = (loss, weight, options) => ({ loss, weight, ...(options === undefined ? {} : { options }) });
const kd = (temperature, soft = 0.7, hard = 0.3) => [term('kd', soft, { temperature }), term('ce', hard)];
/** The losses of recipe default. */
export const usual = [term('kd', 0.5, { temperature: 4 }), term('dist', 1), term('ce', 0.3)];
/** Ten times the learning rate of a study without a recipe. */
const fast = { learningRate: 0.1 };
const across = (loss, weight, options) => (pair) => [
  term(loss, weight, { student: pair.middle[0], teacher: pair.middle[1], ...options }),
  ce,
];
const levels = (loss, weight) => (pair) => [
  term(loss, weight, { student: pair.levels.map(([own]) => own), teacher: pair.levels.map(([, other]) => other) }),
  ce,
];
const layers = (loss, more) => (pair) => [
  term(loss, 1, { student: pair.levels.at(-1)[0], teacher: [...pair.layers, ...more] }),
  ce,
];
/** The shipped recipe staged, with the pair's taps, and `outputs` at its end. */
const inStages = (outputs) => (pair) =>
  pair.levels
    .map(([student, teacher], i) => ({
      name: i === 0 ? 'low-level features' : 'high-level features',
      length: 0.15,
      losses: [term('hint', 1, { student, teacher })],
    }))
    .concat({ name: 'outputs', length: 0.7, losses: outputs });
const unwarmed = { schedule: { name: 'warmup-cosine', options: { warmup: 0 } } };

/**
 * One way to train. `losses` or `stages`, or a function of the pair's taps that gives them; `set`: what else of the training is
 * other than a study's; `student`: another one than the pair's (`students` below). What is `alone` sees no teacher. A teacher's
 * tap `noise` is pure noise of the shape of its last block.
 */
export const methods = {
  none: { title: 'without a teacher', alone: true, losses: [ce] },

  kd: { title: 'kd, T 4, 0.7 / 0.3 (recipe kd)', paper: 'arXiv:1503.02531', losses: kd(4) },
  default: { title: 'kd and dist (recipe default)', paper: '', losses: usual },
  dist: { title: 'dist (recipe dist)', paper: 'arXiv:2205.10536', losses: [term('dist', 2), ce] },
  dkd: { title: 'dkd, beta 8', paper: 'arXiv:2203.08679', losses: [{ ...term('dkd', 1), schedule: warm }, ce] },
  'dkd-even': {
    title: 'dkd, beta 1 (recipe dkd)',
    paper: 'arXiv:2203.08679',
    losses: [{ ...term('dkd', 1, { beta: 1 }), schedule: warm }, ce],
  },
  ofa: {
    title: 'ofa, exits at the stages',
    paper: 'arXiv:2310.19444',
    losses: ({ exits }) => [term('ofa', 1, { exits }), ce],
  },
  standardised: {
    title: 'logit standardization',
    paper: 'arXiv:2403.01427',
    losses: [term('logit-standardization', 9), term('ce', 0.1)],
  },
  hard: { title: 'hard labels of the teacher', paper: 'arXiv:2012.12877', losses: [term('hard', 0.5), term('ce', 0.5)] },

  hint: { title: 'hint, embeddings', paper: 'arXiv:1412.6550', losses: [term('hint', 1), ce] },
  'hint-grid': { title: 'hint, across grids', paper: 'arXiv:1412.6550', losses: across('hint', 1) },
  'feature-l2': { title: 'feature-l2, across grids', paper: '', losses: across('feature-l2', 0.1) },
  'hint-gated': {
    title: 'hint, across grids, gated channels',
    paper: 'arXiv:1412.6550',
    losses: across('hint', 1, { gate: 'channels' }),
  },
  attention: { title: 'attention, across grids', paper: 'arXiv:1612.03928', losses: across('attention', 1000) },
  review: { title: 'review, two levels', paper: 'arXiv:2104.09044', losses: levels('review', 1) },
  'cross-correlation': {
    title: 'cross-correlation, embeddings',
    paper: 'arXiv:2103.03230',
    losses: [term('cross-correlation', 0.1, { adapter: 'mlp' }), ce],
  },
  'hidden-states': { title: 'hidden states, two layers', paper: 'arXiv:1909.10351', losses: levels('hidden-states', 1) },

  rkd: { title: 'rkd, embeddings', paper: 'arXiv:1904.05068', losses: [term('rkd', 25, { distance: 1, angle: 2 }), ce] },
  similarity: { title: 'similarity, embeddings', paper: 'arXiv:1907.09682', losses: [term('similarity', 3000), ce] },
  pkt: { title: 'pkt, embeddings', paper: 'arXiv:1803.10837', losses: [term('pkt', 30000), ce] },
  crd: { title: 'crd, bank 1024', paper: 'arXiv:1910.10699', losses: [term('crd', 0.8, { bank: 1024 }), ce] },
  graph: { title: 'graph, k 8', paper: 'arXiv:1907.02226', losses: [term('graph', 1), ce] },

  staged: { title: 'stages: low, high features, outputs', paper: '', stages: inStages(kd(4)) },
  'staged-default': { title: 'the same, outputs by kd and dist', paper: '', stages: inStages(usual) },

  'kd-t1': { title: 'kd, T 1', paper: 'arXiv:1503.02531', losses: kd(1) },
  'kd-t2': { title: 'kd, T 2', paper: 'arXiv:1503.02531', losses: kd(2) },
  'kd-t8': { title: 'kd, T 8', paper: 'arXiv:1503.02531', losses: kd(8) },
  'kd-falling': {
    title: 'kd, T falling from 8 to 1',
    paper: 'arXiv:1503.02531',
    losses: [{ ...term('kd', 0.7), temperature: { kind: 'cosine', from: 8, to: 1 } }, term('ce', 0.3)],
  },
  'kd-labels': { title: 'kd, T 4, 0.7 / 1', paper: 'arXiv:1503.02531', losses: kd(4, 0.7, 1) },
  'kd-unscaled': { title: 'kd, T 4, 0.7 / 0.3, without T²', paper: 'arXiv:1503.02531', losses: kd(4, 0.7 / 16, 0.3) },
  'kd-late': {
    title: 'kd, T 4, 0.7 rising from 0 / 0.3',
    paper: 'arXiv:1503.02531',
    losses: [{ ...term('kd', 0.7, { temperature: 4 }), schedule: { kind: 'linear', from: 0, to: 1 } }, term('ce', 0.3)],
  },
  'kd-alone': { title: 'kd, T 4, no labels', paper: 'arXiv:1503.02531', losses: [term('kd', 1, { temperature: 4 })] },

  'mixup-none': { title: 'Mixup 0.2, without a teacher', alone: true, losses: [ce], set: { mixing: { mixup: 0.2, cutmix: 0, probability: 1 } } },
  'mixup-default': { title: 'Mixup 0.2, recipe default', losses: usual, set: { mixing: { mixup: 0.2, cutmix: 0, probability: 1 } } },
  'cutmix-none': { title: 'CutMix 1, without a teacher', alone: true, losses: [ce], set: { mixing: { mixup: 0, cutmix: 1, probability: 0.5 } } },
  'cutmix-default': { title: 'CutMix 1, recipe default', losses: usual, set: { mixing: { mixup: 0, cutmix: 1, probability: 0.5 } } },

  'fast-none': { title: 'without a teacher; clipping, warm-up', alone: true, losses: [ce], set: fast },
  'fast-none-bare': {
    title: 'without a teacher; neither',
    alone: true,
    losses: [ce],
    set: { ...fast, ...unwarmed, clipNorm: null },
  },
  fast: { title: 'recipe default; clipping, warm-up', losses: usual, set: fast },
  'fast-unclipped': { title: 'recipe default; warm-up alone', losses: usual, set: { ...fast, clipNorm: null } },
  'fast-unwarmed': { title: 'recipe default; clipping alone', losses: usual, set: { ...fast, ...unwarmed } },
  'fast-bare': { title: 'recipe default; neither', losses: usual, set: { ...fast, ...unwarmed, clipNorm: null } },

  'layers-noise': { title: 'attended-layers, one of pure noise', paper: 'arXiv:2012.03236', losses: layers('attended-layers', ['noise']) },
  layers: { title: 'attended-layers', paper: 'arXiv:2012.03236', losses: layers('attended-layers', []) },
  uncertainty: { title: 'weighting uncertainty over recipe default', paper: 'arXiv:1705.07115', losses: usual, set: { weighting: { name: 'uncertainty' } } },
  difficulty: { title: 'weighting difficulty over recipe default', paper: 'arXiv:1708.02002', losses: usual, set: { weighting: { name: 'difficulty', options: { gamma: 1 } } } },

  'plain-none': { title: 'convolutions alone, without a teacher', alone: true, losses: [ce], student: 'plain' },
  'plain-default': { title: 'convolutions alone, recipe default', losses: usual, student: 'plain' },
  'fusion-none': { title: 'attention at stage 3, without a teacher', alone: true, losses: [ce], student: 'fusion' },
  'fusion-default': { title: 'attention at stage 3, recipe default', losses: usual, student: 'fusion' },
  'fusion-maps': {
    title: 'attention at stage 3, default and attention maps',
    paper: 'arXiv:1909.10351',
    losses: [...usual, term('attention-maps', 10, { student: ['attention1', 'attention2'], teacher: ['attention3', 'attention4'] })],
    student: 'fusion',
  },

  'vit-none': { title: 'without a teacher', alone: true, losses: [ce], student: 'vit' },
  'vit-default': { title: 'kd and dist (recipe default)', losses: usual, student: 'vit' },
  'vit-maps': {
    title: 'attention maps, two layers',
    paper: 'arXiv:1909.10351',
    losses: [term('attention-maps', 10, { student: ['attention1', 'attention2'], teacher: ['attention1', 'attention4'] }), ce],
    student: 'vit',
  },
  'vit-hidden': {
    title: 'hidden states, two layers',
    paper: 'arXiv:1909.10351',
    losses: [term('hidden-states', 1, { student: ['stage1', 'stage2'], teacher: ['block2', 'block4'] }), ce],
    student: 'vit',
  },
}; // prettier-ignore
