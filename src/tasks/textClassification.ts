import { NasDistillError } from '../core/errors.js';
import type { Task } from './Task.js';

/** Share of the words that a view shows as unknown ones unless a study says otherwise. */
const defaultWordDropout = 0.1;

/** One class a text. */
export const textClassification = {
  name: 'text-classification',
  summary: 'one class for each text',
  samples: 'texts',
  metrics: {
    accuracy: { summary: 'share of texts whose class is right', better: 'higher' },
    loss: { summary: 'mean cross entropy', better: 'lower' },
  },
  objective: 'accuracy',
  teacher: 'transformer',
  teacherViews: (seed) => ({ shift: 0, flip: false, wordDropout: defaultWordDropout, views: 1_000_000, seed }),
  views: ({ views, seed, wordDropout = defaultWordDropout, mixing }) => {
    if (mixing !== undefined) {
      throw new NasDistillError('CONFIG', 'the recipe mixes images, the data holds texts', {
        hint: 'Use a recipe without `mixing` (nas-distill recipes).',
      });
    }
    return { shift: 0, flip: false, views, seed, wordDropout };
  },
} as const satisfies Task;
