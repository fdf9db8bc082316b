import { join } from 'node:path';
import { NasDistillError } from '../core/errors.js';
import { machineMemory } from '../core/machineMemory.js';
import { packageRoot } from '../core/packageRoot.js';
import type { HandedData } from '../distillation/TrainingConfig.js';
import { Cargo } from './Cargo.js';
import type { Executor, ExecutorOptions } from './Executor.js';
import { HostedTrial } from './HostedTrial.js';
import { HostProcess } from './HostProcess.js';
import type { FromHost } from './hostMessages.js';
import { TrialDeadline } from './TrialDeadline.js';

const builtWorker = join(packageRoot, 'dist', 'executors', 'worker.js');
/** Among others in one and alone in another: what happens once may have come from outside. */
const guiltyDeaths = 2;
/** Deaths in a row after which no trial ended: the machine's fault, not one candidate's. */
const hopelessDeaths = 12;

export interface HostOptions extends Omit<ExecutorOptions, 'data'> {
  /** Crosses to each process of the workers; what lies in files is read there, by handles that stay open until the end. */
  readonly data: HandedData;
  /** A trial that trains longer is FAILED; default: generously by what others took (TrialDeadline). */
  readonly trialTimeoutMs?: number;
  /** Bytes of resident memory that the process of the workers may take; default: nine tenths of the machine's. */
  readonly memoryLimit?: number;
  /** How long a trial that is asked to stop may take for it, in ms, before its process is ended. */
  readonly graceMs?: number;
}

/**
 * Trials on worker threads in a process of their own. Where a native library aborts, never returns, or takes more memory
 * than there is, the process is ended and started again, and the trials in flight run again from their start: those that
 * may have been guilty one at a time, so that only the guilty one is FAILED, with the reason. Where memory runs short, trials are
 * first no longer prepared ahead.
 * @throws NasDistillError as `createPiscinaExecutor`; CACHE for a file of the data that is not what it was
 */
export async function createHostExecutor(options: HostOptions, filename = builtWorker): Promise<Executor> {
  const host = new Host(options, new Cargo(options.data), filename);
  try {
    await host.open();
  } catch (error) {
    await host.close();
    throw error;
  }
  return host;
}

class Host implements Executor {
  readonly workers: number;
  ahead: number;
  private process: HostProcess | undefined;
  private opening: Promise<void> | undefined;
  private readonly waiting: HostedTrial[] = [];
  private readonly running = new Map<number, HostedTrial>();
  private readonly deadline: TrialDeadline;
  private readonly graceMs: number;
  private readonly memoryLimit: number;
  private nextId = 1;
  private deathsInRow = 0;
  /** Why we ended the process ourselves; whose fault it is: one trial's, or anyone's of those that ran. */
  private ending: { readonly why: string; readonly guilty: HostedTrial | 'anyone' | 'nobody' } | undefined;
  private broken: unknown;
  private closed = false;

  constructor(
    private readonly options: Omit<HostOptions, 'data'>,
    private readonly cargo: Cargo,
    private readonly filename: string,
  ) {
    this.workers = options.workers;
    this.ahead = options.ahead ?? 0;
    this.deadline = new TrialDeadline(options.trialTimeoutMs);
    this.graceMs = options.graceMs ?? 10_000;
    this.memoryLimit = options.memoryLimit ?? 0.9 * machineMemory();
  }

  async open(): Promise<void> {
    const life = new HostProcess(this.cargo, (message) => this.hear(message));
    try {
      const { engine, threadsPerWorker } = this.options;
      await life.open({ workers: this.workers, ahead: this.ahead, engine, threadsPerWorker }, this.filename);
    } catch (error) {
      await life.close();
      throw error;
    }
    if (this.closed) return life.close();
    this.process = life;
    void life.ended.then((why) => this.died(why));
    this.dispatch();
  }

  run(...[job, hooks, signal]: Parameters<Executor['run']>): ReturnType<Executor['run']> {
    if (this.broken !== undefined) return Promise.reject(this.broken);
    const trial = new HostedTrial(job, hooks, signal);
    const stop = () => this.stop(trial);
    signal?.addEventListener('abort', stop, { once: true });
    this.waiting.push(trial);
    this.dispatch();
    return trial.outcome.finally(() => signal?.removeEventListener('abort', stop));
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.opening;
    await this.process?.close();
    this.cargo.close();
    // Whoever did not wait for them: their deadlines would keep this process alive.
    for (const trial of [...this.running.values(), ...this.waiting.splice(0)]) trial.stopped();
    this.running.clear();
  }

  /** A trial that may have ended the process before runs alone, so that the next death has one cause. */
  private dispatch(): void {
    if (this.process === undefined) return this.reopen();
    while (this.running.size < this.workers + this.ahead) {
      const suspect = this.waiting.findIndex((trial) => trial.deaths > 0);
      const alone = suspect >= 0 || [...this.running.values()].some((trial) => trial.deaths > 0);
      if (alone && this.running.size > 0) return;
      const [trial] = this.waiting.splice(Math.max(0, suspect), 1);
      if ((trial as HostedTrial | undefined) === undefined) return;
      const id = this.nextId++;
      this.running.set(id, trial);
      this.process.send({ kind: 'run', id, job: trial.job });
      if (trial.signal?.aborted === true) this.stop(trial);
    }
  }

  private hear(message: Exclude<FromHost, { kind: 'opened' }>): void {
    if (message.kind === 'memory') return this.watchMemory(message.bytes);
    const { id } = message;
    const trial = this.running.get(id);
    if (trial === undefined) return;
    if (message.kind === 'end') {
      this.running.delete(id);
      this.deathsInRow = 0;
      if (message.outcome.state === 'COMPLETE') this.deadline.ended(Date.now() - (trial.startedAt ?? Date.now()));
      if (message.outcome.state === 'FAILED' && trial.verdict !== undefined) trial.fail(trial.verdict);
      else trial.settle(message.outcome);
      return this.dispatch();
    }
    // A hook's fault is the caller's, not the trial's: the trial is stopped and the caller's promise rejects.
    this.answer(trial, message).catch((error: unknown) => {
      trial.fault ??= { error };
      this.process?.send({ kind: 'stop', id });
      this.process?.send({ kind: 'decision', id, decision: 'prune' });
    });
  }

  private async answer(
    trial: HostedTrial,
    message: Extract<FromHost, { kind: 'prepared' | 'start' | 'rung' }>,
  ): Promise<void> {
    if (message.kind === 'prepared') trial.hooks.onPrepared?.();
    else if (message.kind === 'start') {
      this.watchTime(trial);
      trial.started(message.worker);
    } else {
      const decision = await trial.hooks.onRung(message.rung);
      this.process?.send({ kind: 'decision', id: message.id, decision });
    }
  }

  /** Counted from when it may train, prepared or not: that is said by the process, as a worker that hangs would not. */
  private watchTime(trial: HostedTrial): void {
    const limit = Math.min(this.deadline.limitMs, 2 ** 31 - 1);
    const late = () => {
      trial.verdict = `it did not end within ${seconds(limit)} (--trial-timeout)`;
      this.stop(trial);
    };
    trial.timers.push(setTimeout(late, limit));
  }

  /** Asks a trial to stop at its next step, and ends the process if that does not come. */
  private stop(trial: HostedTrial): void {
    const id = [...this.running].find(([, other]) => other === trial)?.[0];
    if (id === undefined) return;
    this.process?.send({ kind: 'stop', id });
    trial.timers.push(setTimeout(() => this.end(trial.verdict ?? 'training was stopped', trial), this.graceMs));
  }

  private watchMemory(bytes: number): void {
    if (bytes <= this.memoryLimit) return;
    const why = `the workers took ${gigabytes(bytes)}, more than the limit of ${gigabytes(this.memoryLimit)}`;
    if (this.ahead > 0) {
      // Fewer threads may be enough: nobody is blamed before that was tried.
      this.ahead = 0;
      return this.end(`${why}; from now on none is prepared ahead`, 'nobody');
    }
    this.end(why, this.running.size === 0 ? 'nobody' : 'anyone');
  }

  private end(why: string, guilty: HostedTrial | 'anyone' | 'nobody'): void {
    this.ending ??= { why, guilty };
    this.process?.kill();
  }

  /** The process is gone: judges the trials that ran in it, and starts it again. */
  private died(signal: string): void {
    const ending = this.ending;
    this.process = this.ending = undefined;
    if (this.closed) return;
    const why = ending?.why ?? `its process died (${signal})`;
    const lost = [...this.running.values()];
    this.running.clear();
    for (const trial of lost.reverse()) {
      const guilty = ending === undefined || ending.guilty === 'anyone' || ending.guilty === trial;
      if (guilty) trial.deaths++;
      if (trial.fault !== undefined || trial.signal?.aborted === true) trial.stopped();
      else if (ending?.guilty === trial) trial.fail(why);
      else if (guilty && trial.deaths >= guiltyDeaths) trial.fail(`${why}, ${trial.deaths} times with this trial`);
      else if (trial.lost(why)) this.waiting.unshift(trial);
    }
    if (++this.deathsInRow >= hopelessDeaths) {
      this.giveUp(
        new NasDistillError('ENGINE_FAILED', `the process of the workers ended ${this.deathsInRow} times: ${why}`, {
          hint: 'See whether the engine works on this machine: nas-distill engine doctor',
        }),
      );
    } else if (this.waiting.length > 0) this.reopen();
  }

  private reopen(): void {
    this.opening ??= this.openAgain()
      .catch((error: unknown) => this.giveUp(error))
      .finally(() => (this.opening = undefined));
  }

  /** One that dies as it starts, where others have started before, counts like one that dies later: what ended them may pass. */
  private async openAgain(): Promise<void> {
    for (;;) {
      try {
        return await this.open();
      } catch (error) {
        const died = error instanceof NasDistillError && error.code === 'ENGINE_FAILED';
        if (!died || this.closed || ++this.deathsInRow >= hopelessDeaths) throw error;
      }
    }
  }

  private giveUp(error: unknown): void {
    this.broken = error;
    for (const trial of this.waiting.splice(0)) trial.refuse(error);
  }
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`;
const seconds = (ms: number) => (ms < 120_000 ? `${ms / 1000} s` : `${Math.round(ms / 60_000)} min`);
