import type { Executor } from '../executors/Executor.js';
import type { Trial } from '../store/types.js';

/**
 * The trials that were launched and have not stopped: those that train, and those that are prepared meanwhile. A trial is launched
 * ahead of its time only when one of those that train may stop soon: so late, the sampler knows nearly what it will know then.
 */
export class LaunchedTrials {
  private readonly works = new Map<number, Promise<void>>();
  /** Those that train, and the epoch that each is in. */
  private readonly training = new Map<number, { readonly trial: Trial; readonly epoch: number }>();
  private wake: () => void = () => undefined;

  /** @param mayStop whether a trial may stop after this epoch */
  constructor(
    private readonly executor: Pick<Executor, 'workers' | 'ahead'>,
    private readonly mayStop: (trial: Trial, epoch: number) => boolean,
  ) {}

  get size(): number {
    return this.works.size;
  }

  /** Whether every worker has a trial: what is launched now waits. */
  get full(): boolean {
    return this.works.size >= this.executor.workers;
  }

  /** Whether another one may be launched: a worker is free, or one may be soon and nobody waits for it yet. */
  get room(): boolean {
    const { workers, ahead } = this.executor;
    if (!this.full || ahead === 0) return !this.full;
    const soon = [...this.training.values()].filter(({ trial, epoch }) => this.mayStop(trial, epoch)).length;
    return this.works.size < workers + Math.min(ahead, soon);
  }

  /** @param work settles, without an error, when the trial has stopped */
  add({ number }: Trial, work: Promise<void>): void {
    const over = work.then(() => {
      this.works.delete(number);
      this.training.delete(number);
    });
    this.works.set(number, over);
  }

  /** A trial trains in this epoch now. */
  trains(trial: Trial, epoch: number): void {
    this.training.set(trial.number, { trial, epoch });
    // After what else this moment brings, the trial's own decision before all: to choose a candidate may take long.
    if (this.executor.ahead > 0) setImmediate(() => this.wake());
  }

  /** A trial does not train any more, though it has not stopped: it begins again, or something else of it is done. */
  rests({ number }: Trial): void {
    this.training.delete(number);
  }

  /** Settles when one has stopped, or when there may be room for another. */
  async change(): Promise<void> {
    const news = new Promise<void>((resolve) => (this.wake = resolve));
    await Promise.race([...this.works.values(), news]);
  }
}
