import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { NasDistillError } from '../core/errors.js';
import { packageRoot } from '../core/packageRoot.js';
import type { EngineName } from '../engines/Engine.js';
import type { BenchmarkCase } from './benchmarkProgram.js';

export interface ThreadStart {
  readonly engine: EngineName;
  readonly threads: number;
}
export type ToThread =
  | { readonly kind: 'open'; readonly case: BenchmarkCase }
  | { readonly kind: 'run'; readonly steps: number }
  | { readonly kind: 'close' };
export type FromThread =
  | { readonly kind: 'opened'; readonly openMs: number; readonly compileMs: number; readonly version: string }
  | { readonly kind: 'times'; readonly times: readonly number[] }
  | { readonly kind: 'closed' }
  | { readonly kind: 'failed'; readonly reason: string };

type Answer<Kind extends FromThread['kind']> = Extract<FromThread, { readonly kind: Kind }>;

/** From src/ too: threads run JavaScript, so the sources' tests use the build. */
const script = join(packageRoot, 'dist', 'benchmarks', 'thread.js');

/** A worker thread with one engine that runs benchmark steps, one request at a time. */
export class BenchmarkThread {
  private readonly worker: Worker;

  constructor(private readonly start: ThreadStart) {
    // The main thread's stdout belongs to the command's result.
    this.worker = new Worker(script, { workerData: start, stdout: true });
  }

  /** Opens the engine at the first call; compiles the case. Times in milliseconds. */
  open(benchmark: BenchmarkCase): Promise<Answer<'opened'>> {
    return this.ask({ kind: 'open', case: benchmark }, 'opened');
  }

  /** Milliseconds of each step. */
  async run(steps: number): Promise<readonly number[]> {
    return (await this.ask({ kind: 'run', steps }, 'times')).times;
  }

  async close(): Promise<void> {
    await this.ask({ kind: 'close' }, 'closed');
    await this.worker.terminate();
  }

  private async ask<Kind extends FromThread['kind']>(message: ToThread, kind: Kind): Promise<Answer<Kind>> {
    this.worker.postMessage(message);
    const [answer]: FromThread[] = await once(this.worker, 'message');
    if (isKind(answer, kind)) return answer;
    const reason = answer.kind === 'failed' ? answer.reason : `it answered ${answer.kind}`;
    throw new NasDistillError('ENGINE_FAILED', `benchmark of ${this.start.engine}: ${reason}`);
  }
}

function isKind<Kind extends FromThread['kind']>(answer: FromThread, kind: Kind): answer is Answer<Kind> {
  return answer.kind === kind;
}
