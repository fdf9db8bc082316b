import { createRng } from '../../src/core/rng.js';
import type { StudyData, TrainingConfig } from '../../src/distillation/TrainingConfig.js';
import type { ModelSpec } from '../../src/models/ModelSpec.js';

const side = 12;
const counts = { train: 192, validation: 70 };

/** A horizontal bar, a vertical bar or a square at a random place, in noise; the teacher knows the label. */
export function shapes(): StudyData {
  const rng = createRng('shapes');
  const count = counts.train + counts.validation;
  const images = new Uint8Array(new SharedArrayBuffer(count * side * side));
  const labels = new Int32Array(new SharedArrayBuffer(count * 4));
  const sizes = [
    [2, 8],
    [8, 2],
    [4, 4],
  ];
  for (let n = 0; n < count; n++) {
    labels[n] = n % 3;
    const [h, w] = sizes[n % 3];
    const [top, left] = [rng.int(side - h + 1), rng.int(side - w + 1)];
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const inside = y >= top && y < top + h && x >= left && x < left + w;
        images[n * side * side + y * side + x] = (inside ? 170 : 0) + rng.int(80);
      }
    }
  }
  const range = (from: number, size: number) => Int32Array.from({ length: size }, (_, i) => from + i);
  const logits = new Float32Array(new SharedArrayBuffer(counts.train * 3 * 4));
  const features = new Float32Array(new SharedArrayBuffer(counts.train * 5 * 4));
  for (let r = 0; r < counts.train; r++) {
    logits[r * 3 + labels[r]] = 4;
    features[r * 5 + labels[r]] = 1;
  }
  return {
    dataset: {
      name: 'shapes',
      digest: 'shapes',
      shape: [side, side, 1],
      classes: ['wide', 'tall', 'square'],
      count,
      images,
      labels,
      officialTest: new Int32Array(0),
    },
    splits: {
      train: range(0, counts.train),
      validation: range(counts.train, counts.validation),
      test: new Int32Array(0),
    },
    normalisation: { mean: [0.3], std: [0.3] },
    augmentation: { shift: 0, flip: false, views: 1, seed: 1 },
    teacher: {
      digest: 'known',
      classes: 3,
      views: 1,
      rows: counts.train,
      logits,
      taps: { embedding: { shape: [5], data: features } },
    },
  };
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
