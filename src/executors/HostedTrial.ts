import type { RunHooks, RunOutcome, TrialJob } from './Executor.js';

/** A trial on its way through the process of the workers, through several of its lives if need be. */
export class HostedTrial {
  /** Deaths of the process that it may be guilty of. */
  deaths: number;
  /** Why it is given up although its process lives, or is ended for it. */
  verdict: string | undefined;
  /** Set once it may train, in this life. */
  startedAt: number | undefined;
  /** A fault of the caller's own hooks: the caller's promise rejects with it. */
  fault: { readonly error: unknown } | undefined;
  readonly timers: NodeJS.Timeout[] = [];
  readonly outcome: Promise<RunOutcome>;
  private resolve: (outcome: RunOutcome) => void = () => undefined;
  private reject: (error: unknown) => void = () => undefined;

  constructor(
    private given: TrialJob,
    readonly hooks: RunHooks,
    readonly signal: AbortSignal | undefined,
  ) {
    this.deaths = given.deaths ?? 0;
    this.outcome = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  get job(): TrialJob {
    return this.given;
  }

  started(worker: number): void {
    this.startedAt = Date.now();
    // One that has begun is finished, even if it must begin again.
    const { startBy, ...rest } = this.given;
    if (startBy !== undefined) this.given = rest;
    this.hooks.onStart(worker);
  }

  settle(outcome: RunOutcome): void {
    this.rest();
    if (this.fault !== undefined) return this.reject(this.fault.error);
    try {
      // Dead before it could tell; whoever counts on start before finish gets it.
      if (this.startedAt === undefined && outcome.state !== 'WAITING') this.hooks.onStart(0);
      this.resolve(outcome);
    } catch (error) {
      this.reject(error);
    }
  }

  fail(reason: string): void {
    this.settle({ state: 'FAILED', metrics: {}, reason });
  }

  /** The caller asked for it. */
  stopped(): void {
    if (this.startedAt === undefined) this.settle({ state: 'WAITING', metrics: {} });
    else this.fail('training was stopped');
  }

  /** The study ends with this error. */
  refuse(error: unknown): void {
    this.rest();
    this.reject(error);
  }

  /** It runs again from its start, whether it trained or was being prepared; false if its caller's hook failed, with whose error it is rejected. */
  lost(reason: string): boolean {
    this.rest();
    try {
      this.hooks.onLost?.(this.deaths, reason);
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
