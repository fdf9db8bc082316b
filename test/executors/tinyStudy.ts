import { createRng } from '../../src/core/rng.js';
import type { StudyData } from '../../src/distillation/TrainingConfig.js';
import type { TrialJob } from '../../src/executors/Executor.js';
import { knownStudy } from '../knownStudy.js';

const side = 6;

/** Bright images and dark ones, in noise; the teacher knows which is which. */
export function tinyData(): StudyData {
  const rng = createRng('tiny');
  return knownStudy({
    name: 'tiny',
    side,
    classes: ['dark', 'bright'],
    counts: { train: 96, validation: 32 },
    normalisation: { mean: [0.4], std: [0.25] },
    draw: (image, label) => image.forEach((_, i) => (image[i] = 100 * label + rng.int(100))),
  });
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
