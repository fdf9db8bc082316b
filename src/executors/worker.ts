import { workerData, type MessagePort } from 'node:worker_threads';
import { NasDistillError, messageOf, type ErrorCode } from '../core/errors.js';
import { runTrial } from './runTrial.js';
import type { StudyData } from '../distillation/TrainingConfig.js';
import type { Engine, EngineName } from '../engines/Engine.js';
import { openEngine } from '../engines/registry.js';
import type { Rung } from '../store/types.js';
import type { RungDecision, RunOutcome, TrialJob } from './Executor.js';
import { stopSignal } from './stopSignal.js';

/** What a worker is started with; the images and the teacher's outputs lie in shared memory. */
export interface WorkerStart {
  readonly engine: EngineName;
  readonly threads: number;
  readonly data: StudyData;
}

/** One trial as it is handed to a worker. */
export interface WorkerTask {
  readonly job: TrialJob;
  /** That it is prepared and its rungs go out, the word to begin and decisions come in; the worker closes it when the trial is over. */
  readonly port: MessagePort;
  /** Not 0: stop at the next step. */
  readonly stop: Int32Array;
}

/** Each is answered: by the word that it may begin, by a decision. */
export type FromWorker = { readonly kind: 'prepared' } | { readonly kind: 'rung'; readonly rung: Rung };
export type ToWorker = 'begin' | RungDecision;

/** An error as it crosses threads: a class does not survive the copy. */
export interface WorkerFault {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
}

// The main thread's stdout belongs to the command's result.
process.stdout.write = process.stderr.write.bind(process.stderr);

const start: WorkerStart = workerData;
let engine: Promise<Engine> | undefined;

function warmEngine(): Promise<Engine> {
  engine ??= openEngine(start.engine, { threads: start.threads });
  return engine;
}

/** Opens this worker's engine; what went wrong, if anything. */
export async function open(): Promise<WorkerFault | undefined> {
  try {
    await warmEngine();
    return undefined;
  } catch (error) {
    if (!(error instanceof NasDistillError)) return { code: 'ENGINE_FAILED', message: messageOf(error) };
    return { code: error.code, message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) };
  }
}

/** Runs one trial; the engine is opened once and stays warm. */
export default async function work({ job, port, stop }: WorkerTask): Promise<RunOutcome> {
  try {
    const ask = <Answer extends ToWorker>(message: FromWorker) =>
      new Promise<Answer>((resolve) => {
        port.once('message', resolve);
        port.postMessage(message);
      });
    const onRung = (rung: Rung) => ask<RungDecision>({ kind: 'rung', rung });
    const place = async () => void (await ask<'begin'>({ kind: 'prepared' }));
    return await runTrial(job, { engine: await warmEngine(), data: start.data }, onRung, stopSignal(stop), place);
  } finally {
    port.close();
  }
}
