// Where bench:methods measures: pairs of teacher and student, the tables of each, and other students that some methods need.
import { methods } from './methodsList.mjs';

/** A transformer of two layers over 4x4 tokens: it learns more in a brief training than one of six over 7x7, at a fifth of the time. */
const shallow = { 'stem.patch': 7, 'stage1.repeats': 1, 'stage2.repeats': 1 };

/** Students beside the pairs' own. `reference`: choices of the space's reference that are others; null: not there. */
export const students = {
  fusion: { space: 'attention-fusion', width: 0.25 },
  plain: {
    space: 'attention-fusion',
    width: 0.25,
    reference: { 'stage3.block': 'inverted_residual', 'stage3.heads': null },
  },
  vit: { space: 'tiny-vit', width: 0.5, reference: shallow },
};

/** Tables of a pair, in the order of their measuring; the first of `rows` is the control of the others. */
export const groups = {
  main: {
    title: 'Losses',
    rows: ['none', 'default', 'kd', 'dist', 'dkd', 'dkd-even', 'ofa', 'standardised', 'hard', 'hint', 'hint-grid', 'hint-gated', 'feature-l2', 'attention', 'review', 'cross-correlation', 'hidden-states', 'rkd', 'similarity', 'pkt', 'crd', 'graph', 'staged', 'staged-default'],
  },
  temperature: {
    title: 'Temperature of kd, and how much it weighs',
    rows: ['none', 'kd-t1', 'kd-t2', 'kd', 'kd-t8', 'kd-falling', 'kd-labels', 'kd-unscaled', 'kd-late', 'kd-alone'],
  },
  mixing: {
    title: 'Mixup and CutMix',
    rows: ['none', 'default', 'mixup-none', 'mixup-default', 'cutmix-none', 'cutmix-default'],
  },
  stability: {
    title: 'Ten times the learning rate: clipping and warm-up',
    rows: ['fast-none', 'fast', 'fast-unclipped', 'fast-unwarmed', 'fast-bare', 'fast-none-bare'],
  },
  weights: {
    title: 'Weights that are learnt',
    rows: ['none', 'default', 'layers', 'layers-noise', 'uncertainty', 'difficulty'],
  },
  fusion: {
    title: 'Transformer attention inside a CNN',
    rows: ['fusion-none', 'fusion-default', 'fusion-maps', 'plain-none', 'plain-default'],
  },
  transformers: { title: 'Where both are transformers', rows: ['vit-none', 'vit-default', 'vit-maps', 'vit-hidden'] },
}; // prettier-ignore

/** What every pair has. */
const common = [
  'none',
  'default',
  'kd',
  'dist',
  'dkd',
  'ofa',
  'hint',
  'hint-grid',
  'rkd',
  'similarity',
  'crd',
  'staged',
];

/** Milder forms of kd, where kd at T 4 gains little or loses. */
const milder = ['none', 'kd-t1', 'kd-t2', 'kd', 'kd-late', 'standardised'];

/**
 * `width`: factor on the reference student of the space; `reference` as for students. `train`: training samples, where a pair needs others than the rest.
 * `taps`: where features across grids are compared, [student, teacher]: `middle` one pair, `levels` the shallow one first,
 * `layers` all of the teacher's, `exits` where ofa branches off. `tables`: rows that are measured of each group, all unless listed.
 */
export const pairs = {
  'vit-cnn': {
    title: 'ViT to CNN',
    data: 'fashion-mnist',
    family: 'vit',
    space: 'resnet-convnext',
    width: 0.25,
    taps: {
      middle: ['stage2', 'block3'],
      levels: [
        ['stage2', 'block2'],
        ['stage3', 'block4'],
      ],
      layers: ['block1', 'block2', 'block3', 'block4'],
      exits: ['stage1', 'stage2', 'stage3'],
    },
    tables: Object.fromEntries(Object.entries(groups).map(([group, { rows }]) => [group, rows])),
  },
  'resnet-cnn': {
    title: 'ResNet to CNN',
    data: 'fashion-mnist',
    family: 'resnet',
    space: 'resnet-convnext',
    width: 0.25,
    taps: {
      middle: ['stage2', 'block6'],
      levels: [
        ['stage2', 'block5'],
        ['stage3', 'block6'],
      ],
      exits: ['stage1', 'stage2', 'stage3'],
    },
    tables: { main: [...common, 'attention', 'mixup-default'], temperature: milder },
  },
  'cnn-vit': {
    title: 'CNN (ResNet) to ViT',
    data: 'fashion-mnist',
    family: 'resnet',
    space: 'tiny-vit',
    width: 0.5,
    reference: shallow,
    taps: {
      middle: ['stage1', 'block6'],
      levels: [
        ['stage1', 'block5'],
        ['stage2', 'block6'],
      ],
      exits: ['stage1', 'stage2'],
    },
    tables: { main: [...common, 'mixup-default'], temperature: milder },
  },
  'transformer-bilstm': {
    title: 'Transformer to BiLSTM (text)',
    data: 'wordnet',
    family: 'transformer',
    space: 'text-bilstm',
    width: 1,
    // 45 classes of very different sizes.
    train: 12_800,
    taps: {
      middle: ['stage1', 'block2'],
      levels: [
        ['stage1', 'block1'],
        ['embedding', 'embedding'],
      ],
      exits: [],
    },
    tables: { main: common, temperature: milder },
  },
};

/** Why a method is in no table of some pairs. */
export const notApplying = {
  exits:
    'An exit branch of ofa needs a grid or tokens of a square number: the stages of a BiLSTM have none, so there ofa teaches its output alone.',
  attention:
    'Attention maps need a student with transformer attention and a teacher that is a transformer: from the ViT they are shown with two other students, from a ResNet there are none.',
  mixing: 'Texts cannot be mixed: Mixup and CutMix are for images.',
};

/** In this order: what says most first, so that a run that is cut short has whole rows. */
export const rounds = [
  ['vit-cnn', 'main', common],
  ...Object.keys(pairs)
    .filter((pair) => pair !== 'vit-cnn')
    .map((pair) => [pair, 'main', pairs[pair].tables.main]),
  ...['temperature', 'stability', 'weights', 'mixing', 'main', 'fusion', 'transformers'].map((group) => [
    'vit-cnn',
    group,
    groups[group].rows,
  ]),
  ...Object.keys(pairs)
    .filter((pair) => pair !== 'vit-cnn')
    .map((pair) => [pair, 'temperature', milder]),
];

for (const id of Object.values(groups).flatMap(({ rows }) => rows)) {
  if (!Object.hasOwn(methods, id)) throw new Error(`methodsPairs: no method ${id}`);
}
