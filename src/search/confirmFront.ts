import { NasDistillError } from '../core/errors.js';
import { accuraciesOf } from '../store/accuracies.js';
import type { Trial } from '../store/types.js';
import { frontOf } from './frontOf.js';
import type { SearchParts } from './SearchParts.js';

export type ConfirmParts = Pick<
  SearchParts,
  'study' | 'config' | 'space' | 'store' | 'executor' | 'costs' | 'training' | 'signal'
>;

export interface ConfirmEvents {
  /** Another round of runs begins; the front after the last one still held trials that ran too few times. */
  round?(runs: number): void;
  /** A run ended; the reason if it failed. */
  ended?(trial: Trial, failed: string | undefined): void;
}

/**
 * Trains every student of the front again from scratch, until each ran `config.confirm` times with seeds of its own: the
 * best of many single runs is partly the luckiest. The front is that of the means; whoever comes into it when another sinks
 * is repeated as well, so that no single run stays on it. The baseline is repeated too, for a fair comparison. Runs that
 * are stored are not repeated, so an interrupted confirmation goes on; runs depend on the study's seed alone.
 * @returns all trials of the study, repeats included
 */
export async function confirmFront(parts: ConfirmParts, events: ConfirmEvents = {}): Promise<readonly Trial[]> {
  const { study, config, store, costs, signal } = parts;
  for (;;) {
    const trials = store.trials(study);
    const open = trialsToRepeat(trials, costs, config.confirm);
    if (open.length === 0 || signal?.aborted === true) return trials;
    events.round?.(open.reduce((sum, trial) => sum + missing(trial, config.confirm), 0));
    // What is prepared meanwhile trains as soon as a worker is free. The runs of one trial come one after the other, so that what an interruption leaves has no gaps.
    await inTurn(open, parts.executor.workers + parts.executor.ahead, async (trial) => {
      for (let run = trial.repeats.length + 2; run <= config.confirm; run++) await repeat(parts, trial, run, events);
    });
  }
}

/**
 * Whose runs are missing, round by round as a confirmation that was never interrupted goes: in each, whoever was not repeated yet counts by its first
 * run, however many are stored. What an interruption left of a round thus decides nothing.
 */
function trialsToRepeat(trials: readonly Trial[], costs: ConfirmParts['costs'], runs: number): readonly Trial[] {
  const lacking = (trial: Trial) => missing(trial, runs) > 0;
  const baseline = trials.filter(({ origin, state }) => origin === 'baseline' && state === 'COMPLETE');
  const repeated = new Set<number>();
  for (;;) {
    const seen = trials.map((trial) => ({
      ...trial,
      repeats: repeated.has(trial.number) ? trial.repeats.slice(0, runs - 1) : [],
    }));
    const front = new Set(frontOf(seen, costs).map(({ number }) => number));
    const due = trials.filter((trial) => front.has(trial.number) || baseline.includes(trial));
    const open = due.filter(lacking);
    if (open.length > 0) return open;
    if (due.every(({ number }) => repeated.has(number))) break;
    for (const { number } of due) repeated.add(number);
  }
  // More runs than are wanted now may be stored: nobody stays on the front of all of them with too few.
  return frontOf(trials, costs).filter(lacking);
}

function missing(trial: Trial, runs: number): number {
  return Math.max(0, runs - 1 - trial.repeats.length);
}

async function repeat(parts: ConfirmParts, trial: Trial, run: number, events: ConfirmEvents): Promise<void> {
  const { study, config, store, executor, signal } = parts;
  const stopped = () => signal?.aborted === true;
  if (stopped()) return;
  const outcome = await executor.run(
    {
      trial: trial.number,
      seed: `${config.seed}/trial/${trial.number}/run/${run}`,
      spec: trial.spec,
      training: parts.training(trial.origin === 'baseline' ? undefined : parts.space.recipe(trial.architecture)),
    },
    { onStart: () => undefined, onRung: () => 'continue' },
    signal,
  );
  if (stopped()) return;
  if (outcome.state === 'PAUSED' || outcome.state === 'WAITING') {
    throw new NasDistillError('INTERNAL', 'a run that nobody told to stop did');
  }
  const { state, metrics, reason } = outcome;
  const failed = state === 'FAILED' || accuraciesOf({ metrics, repeats: [] }).length === 0;
  store.recordRepeat(study, trial.number, run, failed ? {} : metrics);
  events.ended?.(trial, failed ? (reason ?? 'its accuracy is no number') : undefined);
}

/** Works through a list, `width` entries at a time. */
async function inTurn<T>(list: readonly T[], width: number, work: (entry: T) => Promise<void>): Promise<void> {
  const queue = [...list];
  const lane = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
