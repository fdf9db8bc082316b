import type { Trial } from '../store/types.js';

/**
 * Under --deterministic the sampler hears of whole waves: trials 1..size, size+1..2*size and so on, each told at once in
 * the order of their numbers, and only then is the next wave proposed. Waves are counted by trial numbers alone, so a search
 * that was killed in the middle of one proposes afterwards what it would have proposed without the kill.
 */
export class TrialWaves {
  private current: number;
  private readonly ended: Trial[] = [];

  /** @param past the trials stored so far; those that ended in the open wave are held back until it is whole */
  constructor(
    private readonly size: number,
    past: readonly Trial[],
  ) {
    const unfinished = past.filter((trial) => trial.finishedAt === null).map((trial) => trial.number);
    const next = past.reduce((last, trial) => Math.max(last, trial.number), 0) + 1;
    this.current = this.waveOf(Math.min(next, ...unfinished));
    this.ended.push(...past.filter((trial) => trial.finishedAt !== null && !this.told(trial.number)));
  }

  /** True if the sampler has heard of this trial already. */
  told(number: number): boolean {
    return this.waveOf(number) < this.current;
  }

  /** True if trial `number` belongs to the open wave. */
  holds(number: number): boolean {
    return this.waveOf(number) === this.current;
  }

  end(trial: Trial): void {
    this.ended.push(trial);
  }

  /** Closes the open wave, whose trials have all ended, and opens the one of trial `number`. Returns what is to be told. */
  close(number: number): Trial[] {
    this.current = this.waveOf(number);
    return this.ended.splice(0).sort((a, b) => a.number - b.number);
  }

  private waveOf(number: number): number {
    return Math.floor((number - 1) / this.size);
  }
}
