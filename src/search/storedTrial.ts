import { NasDistillError } from '../core/errors.js';
import type { Trial } from '../store/types.js';
import type { SearchParts } from './SearchParts.js';

/** A trial as it is stored now. */
export function storedTrial({ store, study }: SearchParts, number: number): Trial {
  const trial = store.trial(study, number);
  if (trial !== undefined) return trial;
  throw new NasDistillError('STORAGE', `study ${study}: trial ${number} vanished from the store`);
}
