import type { Task } from './Task.js';

/** One class an image. */
export const classification = {
  name: 'classification',
  summary: 'one class for each image',
  metrics: {
    accuracy: { summary: 'share of images whose class is right', better: 'higher' },
    loss: { summary: 'mean cross entropy', better: 'lower' },
  },
  objective: 'accuracy',
} as const satisfies Task;
