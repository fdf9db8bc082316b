import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import type { RunHooks, RunOutcome, TrialJob } from './Executor.js';
import type { Places } from './Places.js';
import type { FromWorker, ToWorker, WorkerTask } from './worker.js';

/** A trial between its caller and its worker: it is prepared and it gets a place, in whichever order, and then it trains. */
export class PlacedTrial {
  readonly task: WorkerTask;
  private readonly channel = new MessageChannel();
  private readonly flag = new Int32Array(new SharedArrayBuffer(4));
  /** dropped: it shall not begin. */
  private state: 'waits' | 'trains' | 'dropped' = 'waits';
  private prepared = false;
  private fault: { readonly error: unknown } | undefined;
  private readonly heard: Promise<unknown>;
  private readonly release: () => void;
  private readonly abort = () => {
    this.stop();
    if (this.state !== 'waits') return;
    this.release();
    this.settle('dropped');
  };

  constructor(
    job: TrialJob,
    private readonly hooks: RunHooks,
    places: Places,
    private readonly signal: AbortSignal | undefined,
  ) {
    const { port1, port2 } = this.channel;
    this.task = { job, port: port2, stop: this.flag };
    port1.on('message', (message: FromWorker) => {
      this.answer(message).catch((error: unknown) => {
        this.blame(error);
        this.say('prune');
      });
    });
    // The worker closes its end when the trial is over: by then every message of it was heard here.
    this.heard = once(port1, 'close');
    this.release = places.take((place) => {
      if (Date.now() >= (job.startBy ?? Infinity)) return this.settle('dropped');
      this.start(place);
      this.settle('trains');
    });
    if (signal?.aborted) this.abort();
    signal?.addEventListener('abort', this.abort, { once: true });
  }

  /**
   * The worker is done with it, or dead. Its place is given back, and how it ended is told.
   * @throws what a hook threw
   */
  async end(outcome: RunOutcome): Promise<RunOutcome> {
    await this.heard;
    this.signal?.removeEventListener('abort', this.abort);
    // Whoever takes the place hears of it after our caller has heard of the end.
    setImmediate(this.release);
    // It failed before its turn came: whoever counts on start before finish gets it.
    if (this.state === 'waits') this.start(0);
    if (this.fault !== undefined) throw this.fault.error;
    return this.state === 'dropped' ? { state: 'WAITING', metrics: {} } : outcome;
  }

  private async answer(message: FromWorker): Promise<void> {
    if (message.kind === 'rung') return this.say(await this.hooks.onRung(message.rung));
    this.prepared = true;
    if (this.state !== 'waits') this.say('begin');
    this.hooks.onPrepared?.();
  }

  private start(place: number): void {
    try {
      this.hooks.onStart(place);
    } catch (error) {
      this.blame(error);
    }
  }

  /** It trains, or sees before its first step that it shall not. */
  private settle(state: 'trains' | 'dropped'): void {
    this.state = state;
    if (state === 'dropped') this.stop();
    if (this.prepared) this.say('begin');
  }

  /** A hook's fault is the caller's, not the trial's: the trial is stopped and the caller's promise rejects. */
  private blame(error: unknown): void {
    this.fault ??= { error };
    this.stop();
  }

  private stop(): void {
    Atomics.store(this.flag, 0, 1);
  }

  private say(message: ToWorker): void {
    this.channel.port1.postMessage(message);
  }
}
