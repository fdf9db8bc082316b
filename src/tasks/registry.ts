import type { Dataset } from '../data/Dataset.js';
import { samplesOf } from '../data/samples.js';
import { classification } from './classification.js';
import type { Task } from './Task.js';
import { textClassification } from './textClassification.js';

/** Every task by its name. */
export const tasks = {
  classification,
  'text-classification': textClassification,
} as const satisfies Record<string, Task>;
export type TaskName = keyof typeof tasks;

/** The task of a data set's samples. */
export function taskOf(dataset: Dataset): Task {
  return samplesOf(dataset) === 'images' ? classification : textClassification;
}
