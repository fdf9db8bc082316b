import { NasDistillError } from '../core/errors.js';
import type { Task } from './Task.js';

/** One class an image. */
export const classification = {
  name: 'classification',
  summary: 'one class for each image',
  samples: 'images',
  metrics: {
    accuracy: { summary: 'share of images whose class is right', better: 'higher' },
    loss: { summary: 'mean cross entropy', better: 'lower' },
  },
  objective: 'accuracy',
  teacher: 'vit',
  teacherViews: (seed) => ({ shift: 2, flip: true, views: 1_000_000, seed }),
  views: (settings) => {
    if (settings.wordDropout === undefined) return settings;
    throw new NasDistillError('CONFIG', 'augmentation.wordDropout is for texts, the data holds images', {
      hint: 'Leave it out; images are shifted and flipped (augmentation.shift, augmentation.flip).',
    });
  },
} as const satisfies Task;
