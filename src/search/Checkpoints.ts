import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { checkpointFile, checkpointOf } from '../executors/checkpoints.js';
import type { Trial } from '../store/types.js';

/**
 * The checkpoints of a study's paused trials, in a folder of their own. They stay within a limit: those that have waited
 * longest go first, as they are the least likely to be promoted; their trials can still be, and then train from their start
 * again, which leads to the same weights.
 */
export class Checkpoints {
  /** Bytes of each trial's newest checkpoint, the one that waits longest first. */
  private readonly kept = new Map<number, { readonly epoch: number; readonly bytes: number }>();
  /** Trials on a worker, whose checkpoints must stay. */
  private readonly used = new Set<number>();
  private total = 0;

  /** @param limit bytes */
  constructor(
    readonly dir: string,
    private readonly limit: number,
  ) {}

  /** Takes over what an earlier run left, and removes what belongs to no trial that paused, such as after a kill. */
  open(trials: readonly Trial[]): void {
    if (!existsSync(this.dir)) return;
    const wanted = new Map(trials.map(({ number, checkpoint }) => [number, checkpoint]));
    for (const name of readdirSync(this.dir)) {
      const found = checkpointOf(name);
      if (found === undefined) continue;
      if (wanted.get(found.trial) === found.epoch) this.note(found.trial, found.epoch);
      else rmSync(join(this.dir, name), { force: true });
    }
  }

  /** Where a trial goes on; undefined if it has no checkpoint or that is gone. */
  resumeOf({ number, checkpoint }: Trial): { epoch: number; file: string } | undefined {
    if (checkpoint === undefined) return undefined;
    const file = checkpointFile(this.dir, number, checkpoint);
    return existsSync(file) ? { epoch: checkpoint, file } : undefined;
  }

  /** A trial runs. */
  hold(trial: number): void {
    this.used.add(trial);
  }

  /** A trial paused after an epoch: its older checkpoint goes, and those that are too many. */
  paused(trial: number, epoch: number): void {
    this.used.delete(trial);
    this.drop(trial);
    this.note(trial, epoch);
    for (const other of [...this.kept.keys()]) {
      if (this.total <= this.limit) return;
      if (!this.used.has(other)) this.drop(other);
    }
  }

  /** A trial ended. */
  ended(trial: number): void {
    this.used.delete(trial);
    this.drop(trial);
  }

  private note(trial: number, epoch: number): void {
    const bytes = statSync(checkpointFile(this.dir, trial, epoch), { throwIfNoEntry: false })?.size ?? 0;
    this.kept.set(trial, { epoch, bytes });
    this.total += bytes;
  }

  private drop(trial: number): void {
    const known = this.kept.get(trial);
    if (known === undefined) return;
    rmSync(checkpointFile(this.dir, trial, known.epoch), { force: true });
    this.kept.delete(trial);
    this.total -= known.bytes;
  }
}
