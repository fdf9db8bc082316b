import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../core/errors.js';
import { profileStep } from '../engines/onnx/profileStep.js';
import { benchmarkStep } from './benchmarkProgram.js';
import type { ProfileStart, FromProfileThread } from './profileSideBySide.js';

// One of several threads that profile the same step at once: they begin together and keep each other company to the end.
const { net, batch, steps, threads, counters }: ProfileStart = workerData;
const counts = new Int32Array(counters);
const [ready, done] = [0, 1];

function waitForAll(): void {
  Atomics.add(counts, ready, 1);
  Atomics.notify(counts, ready);
  for (let seen = Atomics.load(counts, ready); seen < threads; seen = Atomics.load(counts, ready)) {
    Atomics.wait(counts, ready, seen, 1000);
  }
}

let finished = false;
function othersRun(): boolean {
  if (!finished) Atomics.add(counts, done, 1);
  finished = true;
  return Atomics.load(counts, done) < threads;
}

const { training, feeds } = benchmarkStep(net, batch);
const answer: FromProfileThread = await profileStep(training.step, training.state, feeds, {
  threads: 1,
  steps,
  beside: { ready: waitForAll, othersRun },
  quantile: 0.5,
}).then(
  (profile) => ({ profile }),
  (error: unknown) => ({ failed: messageOf(error) }),
);
parentPort?.postMessage(answer);
