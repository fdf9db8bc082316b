import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { messageOf } from '../../core/errors.js';
import type { StepRate, Timing, TimingAnswer } from './nextTiming.js';
import type { FromStepThread, StepThreadStart } from './stepThread.js';

/** What this process is to time: one number of threads, and with it several numbers of workers. */
export interface StepProcessStart extends StepThreadStart, Timing {}
export type FromStepProcess =
  ({ readonly kind: 'rates' } & TimingAnswer) | { readonly kind: 'failed'; readonly reason: string };

/** Two rounds of each count, the quicker of which counts: what disturbs comes and goes. */
const rounds = 2;
const roundMs = 200;

const script = fileURLToPath(new URL('stepThread.js', import.meta.url));

// A process of its own: a native library may abort, and some share one pool of threads in a process. It ends with its asker.
process.once('disconnect', () => process.exit(0));
process.once('message', (start: StepProcessStart) => {
  time(start)
    .catch((error: unknown): FromStepProcess => ({ kind: 'failed', reason: messageOf(error) }))
    .then((answer) => process.send?.(answer, () => process.exit(0)));
});

async function time({ counts, ...start }: StepProcessStart): Promise<FromStepProcess> {
  const workers = Array.from({ length: Math.max(...counts) }, () => new Worker(script, { workerData: start }));
  const opened = await Promise.all(workers.map((worker) => next(worker, 'opened')));
  const slowest = Math.max(...opened.map(({ stepMs }) => stepMs));
  const { threads } = opened[0];
  const best = new Map<number, StepRate>();
  // Large steps are timed once: they take long, and disturb each other less.
  for (let round = 0; round < (slowest > roundMs ? 1 : rounds); round++) {
    for (const count of counts) {
      const rate = await together(workers.slice(0, count), threads);
      if (rate.stepsPerSecond > (best.get(count)?.stepsPerSecond ?? 0)) best.set(count, rate);
    }
  }
  return { kind: 'rates', rates: [...best.values()], threads, bytes: process.memoryUsage.rss() };
}

async function together(workers: readonly Worker[], threads: number): Promise<StepRate> {
  const before = { cpu: process.cpuUsage(), wall: performance.now() };
  const ran = await Promise.all(
    workers.map((worker) => {
      worker.postMessage(roundMs);
      return next(worker, 'ran');
    }),
  );
  const { user, system } = process.cpuUsage(before.cpu);
  const available = (performance.now() - before.wall) * workers.length;
  return {
    workers: workers.length,
    stepsPerSecond: ran.reduce((sum, { steps, ms }) => sum + (1000 * steps) / ms, 0),
    // With several threads CPU time says nothing about waiting.
    held: threads === 1 ? Math.min(1, (user + system) / 1000 / available) : 1,
  };
}

async function next<Kind extends FromStepThread['kind']>(
  worker: Worker,
  kind: Kind,
): Promise<Extract<FromStepThread, { readonly kind: Kind }>> {
  const [message]: FromStepThread[] = await once(worker, 'message');
  if (isKind(message, kind)) return message;
  throw new Error(message.kind === 'failed' ? message.reason : `it answered ${message.kind}`);
}

function isKind<Kind extends FromStepThread['kind']>(
  message: FromStepThread,
  kind: Kind,
): message is Extract<FromStepThread, { readonly kind: Kind }> {
  return message.kind === kind;
}
