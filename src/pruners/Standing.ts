/**
 * The trials that reached one level, in order of merit, and who of them waits there. Every method takes about the same time
 * whether a thousand trials came that far or a hundred thousand.
 */
export interface Standing {
  /** Trials that came so far. */
  readonly size: number;
  has(trial: number): boolean;
  /** @param objectives minimised; each trial is added once */
  add(trial: number, objectives: readonly number[]): void;
  /** Whether a trial that is there, or one with these objectives that is not, belongs to the best `places`. */
  admits(trial: number, objectives: readonly number[], places: number): boolean;
  /** A trial that is there waits from now on, or no longer. */
  enter(trial: number): void;
  leave(trial: number): void;
  waits(trial: number): boolean;
  /** The best of those that wait, if it belongs to the best `places`. */
  next(places: number): number | undefined;
}
