import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../core/errors.js';
import type { EngineName } from '../../engines/Engine.js';
import { openEngine } from '../../engines/registry.js';
import { openStepWork, type StepWork } from './StepWork.js';

export interface StepThreadStart {
  readonly engine: EngineName;
  readonly threads: number;
  readonly work: StepWork;
}
/** Milliseconds for which steps are to be done. */
export type ToStepThread = number;
export type FromStepThread =
  /** Open; what a step took, and the threads that the engine really has. */
  | { readonly kind: 'opened'; readonly stepMs: number; readonly threads: number }
  | { readonly kind: 'ran'; readonly steps: number; readonly ms: number }
  | { readonly kind: 'failed'; readonly reason: string };

// One worker of a search as far as its steps go: an engine, and the step of one model, done for as long as it is asked.
const port = parentPort;
if (port === null) throw new Error('parallelism/stepThread runs as a worker thread only');
const say = (message: FromStepThread) => port.postMessage(message);
const fail = (error: unknown) => say({ kind: 'failed', reason: messageOf(error) });

async function open(): Promise<void> {
  const { engine: name, threads, work }: StepThreadStart = workerData;
  const engine = await openEngine(name, { threads });
  const { run } = await openStepWork(engine, work);
  // The first one allocates, and plans its memory.
  await run();
  const begin = performance.now();
  await run();
  say({ kind: 'opened', stepMs: performance.now() - begin, threads: engine.info.threads });
  port?.on('message', (ms: ToStepThread) => void runFor(run, ms).then(say, fail));
}

async function runFor(run: () => Promise<unknown>, ms: number): Promise<FromStepThread> {
  const begin = performance.now();
  for (let steps = 1; ; steps++) {
    await run();
    const took = performance.now() - begin;
    if (took >= ms) return { kind: 'ran', steps, ms: took };
  }
}

open().catch(fail);
