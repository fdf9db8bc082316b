import type { ZodType } from 'zod';

/** Learning rate of step `step` (from 0) out of `total`; plain numbers, fed to the step as its `lr`. */
export type Schedule = (step: number, total: number) => number;

/** One line of the registry. */
export interface ScheduleEntry {
  readonly summary: string;
  readonly paper: string;
  /** Strict zod object with defaults and a `describe` text on every key: help and docs are derived from it. */
  readonly options: ZodType;
  /** @throws NasDistillError CONFIG naming the option that is wrong; missing ones get their defaults */
  create(options?: unknown): Schedule;
}
