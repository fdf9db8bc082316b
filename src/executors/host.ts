import { Socket } from 'node:net';
import { NasDistillError, messageOf } from '../core/errors.js';
import type { StudyData } from '../distillation/TrainingConfig.js';
import { createPiscinaExecutor } from './createPiscinaExecutor.js';
import type { Executor, RungDecision } from './Executor.js';
import { dataPipe, firstFile, type FromHost, type ToHost } from './hostMessages.js';
import { unpackArrays } from './sharedArrays.js';
import type { WorkerFault } from './worker.js';

/**
 * The process that holds the workers: a native library that aborts, or that never returns, takes this process with it and
 * not the study's. It lives as long as its parent, whose signals it leaves to the parent.
 */
const memoryEveryMs = 500;

const running = new Map<number, { decide?: (decision: RungDecision) => void; readonly stop: AbortController }>();
let executor: Executor | undefined;

const say = (message: FromHost) => void process.send?.(message, undefined, undefined, () => undefined);

// Ctrl-C reaches the whole group; the parent asks for what is to be done.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => undefined);
// A worker inside a native call would hold up a gentler end.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

process.on('message', (message: ToHost) => {
  if (message.kind === 'open') void open(message);
  else if (message.kind === 'run') void run(message);
  else if (message.kind === 'decision') running.get(message.id)?.decide?.(message.decision);
  else if (message.kind === 'stop') running.get(message.id)?.stop.abort();
  else void close();
});

async function open({ options, data, filename }: Extract<ToHost, { kind: 'open' }>): Promise<void> {
  try {
    const pipe = new Socket({ fd: dataPipe, writable: false });
    const whole = (await unpackArrays(data, pipe, (index) => firstFile + index)) as StudyData;
    executor = await createPiscinaExecutor({ ...options, data: whole }, filename);
    setInterval(() => say({ kind: 'memory', bytes: process.memoryUsage.rss() }), memoryEveryMs).unref();
    say({ kind: 'opened' });
  } catch (error) {
    say({ kind: 'opened', fault: faultOf(error) });
  }
}

async function run({ id, job }: Extract<ToHost, { kind: 'run' }>): Promise<void> {
  const stop = new AbortController();
  const entry: { decide?: (decision: RungDecision) => void; readonly stop: AbortController } = { stop };
  running.set(id, entry);
  try {
    if (executor === undefined) throw new NasDistillError('INTERNAL', 'a trial came before the workers were open');
    const outcome = await executor.run(
      job,
      {
        onPrepared: () => say({ kind: 'prepared', id }),
        onStart: (worker) => say({ kind: 'start', id, worker }),
        onRung: (rung) =>
          new Promise((resolve) => {
            entry.decide = resolve;
            say({ kind: 'rung', id, rung });
          }),
      },
      stop.signal,
    );
    say({ kind: 'end', id, outcome });
  } catch (error) {
    say({ kind: 'end', id, outcome: { state: 'FAILED', metrics: {}, reason: messageOf(error).split('\n')[0] } });
  } finally {
    running.delete(id);
  }
}

async function close(): Promise<void> {
  await executor?.close();
  process.exit(0);
}

function faultOf(error: unknown): WorkerFault {
  if (!(error instanceof NasDistillError)) return { code: 'ENGINE_FAILED', message: messageOf(error) };
  return { code: error.code, message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) };
}
