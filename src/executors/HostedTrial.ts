import type { Executor, RunOutcome, TrialJob } from './Executor.js';

export type TrialHooks = Parameters<Executor['run']>[1];

/** A trial on its way through the process of the workers, through several of its lives if need be. */
export class HostedTrial {
  /** Deaths of the process that it may be guilty of. */
  deaths: number;
  /** Why it is given up although its process lives, or is ended for it. */
  verdict: string | undefined;
  /** Set once its workers took it, in this life. */
  startedAt: number | undefined;
  /** A fault of the caller's own hooks: the caller's promise rejects with it. */
  fault: { readonly error: unknown } | undefined;
  readonly timers: NodeJS.Timeout[] = [];
  readonly outcome: Promise<RunOutcome>;
  private resolve: (outcome: RunOutcome) => void = () => undefined;
  private reject: (error: unknown) => void = () => undefined;

  constructor(
    readonly job: TrialJob,
    readonly hooks: TrialHooks,
    readonly signal: AbortSignal | undefined,
  ) {
    this.deaths = job.deaths ?? 0;
    this.outcome = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  settle(outcome: RunOutcome): void {
    this.rest();
    if (this.fault !== undefined) return this.reject(this.fault.error);
    try {
      // Dead before it could tell; whoever counts on start before finish gets it.
      if (this.startedAt === undefined) this.hooks.onStart(0);
      this.resolve(outcome);
    } catch (error) {
      this.reject(error);
    }
  }

  fail(reason: string): void {
    this.settle({ state: 'FAILED', metrics: {}, reason });
  }

  /** The study ends with this error. */
  refuse(error: unknown): void {
    this.rest();
    this.reject(error);
  }

  /** It runs again from its start; false if its caller's hook failed, with whose error it is rejected. */
  lost(reason: string): boolean {
    this.rest();
    try {
      if (this.startedAt !== undefined) this.hooks.onLost?.(this.deaths, reason);
    } catch (error) {
      this.reject(error);
      return false;
    }
    this.startedAt = undefined;
    return true;
  }

  private rest(): void {
    for (const timer of this.timers.splice(0)) clearTimeout(timer);
  }
}
