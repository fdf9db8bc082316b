import { createRng } from '../../src/core/rng.js';
import type { StudyData, TrainingConfig } from '../../src/distillation/TrainingConfig.js';
import type { ModelSpec } from '../../src/models/ModelSpec.js';
import { knownStudy } from '../knownStudy.js';

const side = 12;
const counts = { train: 192, validation: 70 };

/** Height and width of what an image of a class shows. */
const sizes = [
  [2, 8],
  [8, 2],
  [4, 4],
];

/** A horizontal bar, a vertical bar or a square at a random place, in noise; the teacher knows the label. */
export function shapes(): StudyData {
  const rng = createRng('shapes');
  const embedding = (labels: Int32Array) => {
    const data = new Float32Array(new SharedArrayBuffer(counts.train * 5 * 4));
    for (let r = 0; r < counts.train; r++) data[r * 5 + labels[r]] = 1;
    return { shape: [5], data };
  };
  return knownStudy({
    name: 'shapes',
    side,
    classes: ['wide', 'tall', 'square'],
    counts,
    normalisation: { mean: [0.3], std: [0.3] },
    draw: (image, label) => {
      const [h, w] = sizes[label];
      const [top, left] = [rng.int(side - h + 1), rng.int(side - w + 1)];
      for (let y = 0; y < side; y++) {
        for (let x = 0; x < side; x++) {
          const inside = y >= top && y < top + h && x >= left && x < left + w;
          image[y * side + x] = (inside ? 170 : 0) + rng.int(80);
        }
      }
    },
    taps: (labels) => ({ embedding: embedding(labels) }),
  });
}

export const spec: ModelSpec = {
  input: [side, side, 1],
  nodes: [
    { name: 'c1', op: 'conv2d', inputs: ['input'], filters: 8, kernel: 5, stride: 2, padding: 'same', useBias: false },
    { name: 'n1', op: 'batch_norm', inputs: ['c1'] },
    { name: 'a1', op: 'activation', inputs: ['n1'], function: 'relu' },
    { name: 'c2', op: 'conv2d', inputs: ['a1'], filters: 16, kernel: 3, stride: 1, padding: 'same', useBias: true },
    { name: 'a2', op: 'activation', inputs: ['c2'], function: 'relu' },
    { name: 'pool', op: 'global_avg_pool', inputs: ['a2'] },
    { name: 'drop', op: 'dropout', inputs: ['pool'], rate: 0.1 },
    { name: 'fc', op: 'dense', inputs: ['drop'], units: 3, useBias: true },
  ],
  logits: 'fc',
  taps: { embedding: 'pool' },
};

export const config: TrainingConfig = {
  epochs: 8,
  batchSize: 32,
  optimiser: { name: 'adamw' },
  learningRate: 0.02,
  schedule: { name: 'warmup-cosine' },
  clipNorm: 1,
  labelSmoothing: 0,
  losses: [
    { loss: 'kd', weight: 0.7 },
    { loss: 'ce', weight: 0.3 },
  ],
};
export const data = shapes();
