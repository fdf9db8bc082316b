import type { LossName } from '../../src/distillation/losses/registry.js';

/** Taps of a student and a teacher, without the batch. */
export const studentTaps = { stage1: [4, 4, 5], stage2: [2, 2, 6], embedding: [6], attention1: [2, 4, 4] };
export const teacherTaps = { block1: [4, 4, 7], block2: [4, 7], embedding: [6], attention1: [3, 4, 4] };
const pairs = { student: ['stage1', 'stage2'], teacher: ['block1', 'block2'] };

/** Options of each loss that has taps: across grids where it can be. A loss that is not listed here is a type error and fails its tests. */
export const lossOptions: Record<LossName, Record<string, unknown>> = {
  ce: {},
  kd: {},
  hard: {},
  dkd: {},
  dist: {},
  ofa: { exits: ['stage1', 'stage2'] },
  'logit-standardization': {},
  hint: { student: 'stage1', teacher: 'block2', adapter: 'mlp', gate: 'positions' },
  'feature-l2': { student: 'stage2', teacher: 'block1' },
  attention: { student: 'stage1', teacher: 'block2' },
  similarity: { student: 'stage1', teacher: 'block2' },
  rkd: {},
  pkt: {},
  contrastive: { temperature: 0.5 },
  'cross-correlation': {},
  review: pairs,
  'hidden-states': pairs,
  'attention-maps': {},
  'attended-layers': { student: 'stage1', teacher: ['block1', 'block2'] },
  crd: { bank: 16, dimensions: 4, temperature: 0.5 },
  graph: { k: 3 },
};
