import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { atomicWrite } from '../core/atomicWrite.js';
import { NasDistillError } from '../core/errors.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import type { InheritanceJudge } from './InheritanceJudge.js';
import { trimWeights, weightFile } from './weightFiles.js';

/** A finished trial that candidates may inherit from. */
export interface Relative {
  readonly trial: number;
  /** The architecture as numbers. */
  readonly codes: Float64Array;
  readonly spec: ModelSpec;
  readonly accuracy: number;
  /** Epochs that its weights have seen, those of its own relative included. */
  readonly epochs: number;
}

/**
 * The finished trials of a study whose weights are kept. The kept files stay within a limit: the oldest go first, but for those
 * that a candidate still needs. What it answers depends on the trials told and on their files alone;
 * what it chose for a candidate is kept in a file of its own, so that one that runs again after a kill inherits the same.
 */
export class Relatives {
  private readonly known = new Map<number, Relative>();
  /** Candidate -> the trial that it inherits from, until it has ended. */
  private readonly needed = new Map<number, number>();

  /** @param limit bytes @param judge says whether inheriting still earns its place */
  constructor(
    private readonly dir: string,
    private readonly limit: number,
    readonly judge?: InheritanceJudge,
  ) {}

  private choiceFile(candidate: number): string {
    return join(this.dir, `trial-${candidate}.parent`);
  }

  /** Where a trial's weights are kept. */
  file(trial: number): string {
    return weightFile(this.dir, trial);
  }

  /** A complete trial; one whose weights are gone is nobody's relative. */
  tell(relative: Relative): void {
    if (existsSync(this.file(relative.trial))) this.known.set(relative.trial, relative);
    for (const gone of trimWeights(this.dir, this.limit, new Set(this.needed.values()))) this.known.delete(gone);
  }

  /** Chooses whom a candidate will inherit from and remembers that; nobody once inheriting was switched off. */
  choose(candidate: number, codes: Float64Array): void {
    const parent = this.judge?.off === true ? undefined : this.nearest(codes);
    if (parent === undefined) rmSync(this.choiceFile(candidate), { force: true });
    else atomicWrite(this.choiceFile(candidate), `${parent}\n`);
    this.hold(candidate);
  }

  /** The trial that was chosen for a candidate. */
  parentOf(candidate: number): number | undefined {
    const file = this.choiceFile(candidate);
    if (!existsSync(file)) return undefined;
    const parent = Number(readFileSync(file, 'utf8'));
    if (Number.isInteger(parent) && parent > 0) return parent;
    throw new NasDistillError('STORAGE', `${file} is damaged: it should hold the number of a trial`);
  }

  /** The trial whose architecture differs in the fewest choices; of several the most accurate, then the oldest. */
  nearest(codes: Float64Array): number | undefined {
    let best: { relative: Relative; distance: number } | undefined;
    for (const relative of this.known.values()) {
      const distance = codes.reduce((sum, code, i) => sum + Math.abs(code - relative.codes[i]), 0);
      const ahead = best === undefined ? -1 : order(distance, relative, best.distance, best.relative);
      if (ahead < 0) best = { relative, distance };
    }
    return best?.relative.trial;
  }

  /** Keeps the weights that a candidate needs until it has ended. */
  hold(candidate: number): void {
    const parent = this.parentOf(candidate);
    if (parent !== undefined) this.needed.set(candidate, parent);
  }

  release(candidate: number): void {
    this.needed.delete(candidate);
  }

  /** Whom a candidate inherits from. @throws NasDistillError STORAGE if those weights are gone */
  require(candidate: number): Relative | undefined {
    const trial = this.parentOf(candidate);
    if (trial === undefined) return undefined;
    const relative = this.known.get(trial);
    if (relative !== undefined) return relative;
    throw new NasDistillError('STORAGE', `trial ${candidate} inherits from trial ${trial}, whose weights are gone`, {
      hint: `Bring ${this.file(trial)} back, or start a new study.`,
    });
  }
}

function order(distance: number, a: Relative, other: number, b: Relative): number {
  return distance - other || b.accuracy - a.accuracy || a.trial - b.trial;
}
