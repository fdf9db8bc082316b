import type { Trial } from '../store/types.js';
import { stopsOf, type TrialStop } from './trialStops.js';

/**
 * Under --deterministic the sampler and the pruner hear of whole waves: so many trials are launched as there are workers, and
 * what they reached is told at once in the order of their numbers, before the next wave is chosen. The wave of every launch is
 * stored, so that a search that was killed in the middle of one chooses afterwards what it would have chosen without the kill.
 */
export class TrialWaves {
  /** The wave that is open; from 0. */
  private current: number;
  private launched = 0;
  private ended: TrialStop[] = [];

  /** @param past the trials stored so far; what ended in the open wave is held back until it is whole */
  constructor(
    private readonly size: number,
    past: readonly Trial[],
  ) {
    const waves = past.flatMap(({ launches }) => launches.flatMap(({ wave }) => wave ?? []));
    this.current = waves.reduce((last, wave) => Math.max(last, wave), 0);
    for (const trial of past) {
      this.launched += trial.launches.filter(({ wave }) => wave === this.current).length;
      this.ended.push(...stopsOf(trial).filter(({ wave }) => wave === this.current));
    }
  }

  /** True if what ended in this wave was told already. Of versions that stored no waves all was. */
  told(wave: number | undefined): boolean {
    return wave === undefined || wave < this.current;
  }

  /** True if no more trials are launched in the open wave. */
  get full(): boolean {
    return this.launched >= this.size;
  }

  /** Something ended in the open wave. */
  get news(): boolean {
    return this.ended.length > 0;
  }

  /** Counts a launch in the open wave. @returns its number */
  launch(): number {
    this.launched++;
    return this.current;
  }

  /** The open wave's number, for one of its launches that runs again. */
  get open(): number {
    return this.current;
  }

  end(trial: Trial): void {
    this.ended.push({ trial, at: 0, wave: this.current });
  }

  /** Closes the open wave, whose launches have all ended, and opens the next. @returns what is to be told, in order */
  close(): Trial[] {
    this.current++;
    this.launched = 0;
    const told = this.ended.map(({ trial }) => trial);
    this.ended = [];
    return told.sort((a, b) => a.number - b.number);
  }
}
