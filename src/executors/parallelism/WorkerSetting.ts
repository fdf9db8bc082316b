import { canonicalJson } from '../../core/digest.js';

/** How a search shares the cores out: so many trials at once, each on so many threads. */
export interface WorkerSetting {
  readonly workers: number;
  readonly threads: number;
}

/** A setting and the training steps that all of its workers together do in a second. */
export interface TimedSetting extends WorkerSetting {
  readonly stepsPerSecond: number;
}

/**
 * What a worker takes with its engine and its share of everything, in bytes: 400 MB measured on average over a mobile-cnn search of
 * Fashion-MNIST, 750 MB at most (150 and 190 MB with texts). More than fit after all are seen when they are timed.
 */
export const workerBytes = 400e6;

/** As many workers as the cores are for, and as memory and the number of trials allow; at least one. */
export function mostWorkers(limits: {
  readonly cores: number;
  /** Bytes that all workers may take. */
  readonly memory: number;
  readonly trials: number;
}): number {
  return Math.max(1, Math.min(limits.cores, limits.trials, Math.floor(limits.memory / workerBytes)));
}

/**
 * The settings that are worth timing, none with more threads than cores: one worker with one thread, which the others are
 * compared with, as many workers as there may be, then fewer by powers of two, each with the threads that are left for it.
 * @param most workers @param threads of each worker; default: whatever fits
 */
export function workerSettings(cores: number, most: number, threads?: number): WorkerSetting[] {
  const limit = Math.max(1, Math.min(most, Math.floor(cores / (threads ?? 1))));
  const counts = [limit];
  for (let n = 2 ** Math.floor(Math.log2(limit)); n >= 1; n /= 2) if (n < limit) counts.push(n);
  const given = (workers: number) => ({ workers, threads: threads ?? 1 });
  const shared = counts.map((workers) => ({ workers, threads: Math.floor(cores / workers) }));
  // Fewer workers with no more threads leave cores idle.
  const busy = shared.filter(({ workers, threads: each }) => each > 1 || workers === limit);
  const settings = threads === undefined ? [given(1), given(limit), ...busy] : [1, ...counts].map(given);
  return [...new Map(settings.map((setting) => [canonicalJson(setting), setting])).values()];
}

/** Steps in a second that count as the same. */
const same = 0.95;

/**
 * The setting with the most steps in a second. Among those that do the same, the one with the most workers: what a trial does
 * besides its steps (tracing, compiling, filling batches, reports) runs on one thread, so that several threads wait meanwhile.
 */
export function bestSetting(timed: readonly TimedSetting[]): TimedSetting {
  const top = timed.reduce((most, { stepsPerSecond }) => Math.max(most, stepsPerSecond), 0);
  return timed
    .filter(({ stepsPerSecond }) => stepsPerSecond >= same * top)
    .reduce((a, b) => (b.workers > a.workers || (b.workers === a.workers && b.threads < a.threads) ? b : a));
}
