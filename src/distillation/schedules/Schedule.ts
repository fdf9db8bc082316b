import type { ZodType } from 'zod';

/** Learning rate of step `step` (from 0) out of `total`; plain numbers, fed to the step as its `lr`. */
export type Schedule = (step: number, total: number) => number;

/** One line of the registry. `create` gets options that `options` has parsed (defaults filled in). */
export interface ScheduleEntry<O = never> {
  readonly summary: string;
  readonly paper: string;
  readonly options: ZodType<O>;
  create(options: O): Schedule;
}
