import { createRng } from '../../src/core/rng.js';
import type { StudyData } from '../../src/distillation/TrainingConfig.js';
import type { TrialJob } from '../../src/executors/Executor.js';

const side = 6;
const counts = { train: 96, validation: 32 };

/** Bright images and dark ones, in noise; the teacher knows which is which. All arrays that are large lie in shared memory. */
export function tinyData(): StudyData {
  const rng = createRng('tiny');
  const count = counts.train + counts.validation;
  const images = new Uint8Array(new SharedArrayBuffer(count * side * side));
  const labels = new Int32Array(new SharedArrayBuffer(count * 4));
  const logits = new Float32Array(new SharedArrayBuffer(counts.train * 2 * 4));
  for (let n = 0; n < count; n++) {
    labels[n] = n % 2;
    for (let i = 0; i < side * side; i++) images[n * side * side + i] = 100 * labels[n] + rng.int(100);
    if (n < counts.train) logits[n * 2 + labels[n]] = 4;
  }
  const range = (from: number, size: number) => Int32Array.from({ length: size }, (_, i) => from + i);
  return {
    dataset: {
      name: 'tiny',
      digest: 'tiny',
      shape: [side, side, 1],
      classes: ['dark', 'bright'],
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
    normalisation: { mean: [0.4], std: [0.25] },
    augmentation: { shift: 0, flip: false, views: 1, seed: 1 },
    teacher: { digest: 'known', classes: 2, views: 1, rows: counts.train, logits, taps: {} },
  };
}

/** A small convolutional student. */
export function tinyJob(trial: number, epochs = 3): TrialJob {
  return {
    trial,
    seed: `1/trial/${trial}`,
    spec: {
      input: [side, side, 1],
      nodes: [
        {
          name: 'conv',
          op: 'conv2d',
          inputs: ['input'],
          filters: 4,
          kernel: 3,
          stride: 1,
          padding: 'same',
          useBias: true,
        },
        { name: 'relu', op: 'activation', inputs: ['conv'], function: 'relu' },
        { name: 'pool', op: 'global_avg_pool', inputs: ['relu'] },
        { name: 'logits', op: 'dense', inputs: ['pool'], units: 2, useBias: true },
      ],
      logits: 'logits',
      taps: {},
    },
    training: {
      epochs,
      batchSize: 16,
      optimiser: { name: 'adamw', options: {} },
      learningRate: 0.02,
      schedule: { name: 'constant' },
      clipNorm: 1,
      labelSmoothing: 0,
      losses: [
        { loss: 'kd', weight: 0.7, options: { temperature: 4 } },
        { loss: 'ce', weight: 0.3 },
      ],
    },
  };
}
