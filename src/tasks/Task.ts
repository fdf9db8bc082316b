import type { AugmentationPolicy } from '../data/Dataset.js';
import type { ReferenceTeacherName } from '../models/teachers/registry.js';

/** What a task is to the search: which numbers a trial reports, which of them is made best, and how its samples are shown. */
export interface Task {
  readonly name: string;
  readonly summary: string;
  readonly samples: 'images' | 'texts';
  /** Metrics that an evaluation gives, by name. */
  readonly metrics: Readonly<Record<string, { readonly summary: string; readonly better: 'higher' | 'lower' }>>;
  /** The metric that candidates are ranked by. */
  readonly objective: string;
  /** The reference teacher that is trained where a study has none. */
  readonly teacher: ReferenceTeacherName;
  /** How a reference teacher sees its training samples. */
  teacherViews(seed: number): AugmentationPolicy;
  /**
   * How a study's settings vary these samples.
   * @throws NasDistillError CONFIG for a setting that means nothing for them
   */
  views(settings: AugmentationPolicy): AugmentationPolicy;
}
