import { NasDistillError } from '../core/errors.js';
import type { RunOutcome } from '../executors/Executor.js';
import type { Trial, TrialOutcome } from '../store/types.js';
import { withControl } from './controlRun.js';
import { createBaselines } from './createBaselines.js';
import { giveUpWaiting } from './giveUpWaiting.js';
import { LaunchedTrials } from './LaunchedTrials.js';
import { NewTrials } from './NewTrials.js';
import type { SearchParts, SearchSummary } from './SearchParts.js';
import { storedTrial } from './storedTrial.js';
import { replay, tell } from './telling.js';
import { jobOf } from './trialJob.js';
import { TrialPruner } from './TrialPruner.js';
import { TrialWaves } from './TrialWaves.js';

/** A trial that may be launched. */
interface NextTrial {
  readonly trial: Trial;
  /** Milliseconds since 1970 after which it does not begin: no new trial starts when the search's time is over. */
  readonly startBy: number;
}

/**
 * The one loop where ask, budget, executor, store and tell meet. Every trial is stored before it runs, when it pauses and when it
 * ends; a search that died goes on from the store: trials in flight run again with the same number and seed, from their last
 * pause if they had one, and the sampler and the pruner are told the others again in the order in which they stopped.
 * Where the executor prepares trials ahead, the next one is chosen when one of those that train may stop soon.
 * @throws NasDistillError TRIALS_FAILING after too many failures in a row; the store keeps all trials.
 */
export async function runSearch(parts: SearchParts): Promise<SearchSummary> {
  const { study, config, store, executor, checkpoints } = parts;
  if (parts.pruner.waiting !== undefined && checkpoints === undefined) {
    throw new NasDistillError(
      'INTERNAL',
      `pruner ${config.pruner} pauses trials, and there is no place for checkpoints`,
    );
  }
  store.requeueRunning(study);
  const past = store.trials(study);
  for (const trial of parts.warm ?? []) parts.sampler.tell(trial);
  const waves = config.deterministic ? new TrialWaves(executor.workers, past) : undefined;
  const pruning = new TrialPruner(parts.pruner, config.epochs, parts.costs, waves !== undefined, config.pruneBy);
  replay(parts, past, waves, pruning);
  checkpoints?.open(past);
  const waiting = past.filter((trial) => trial.state === 'WAITING');
  /** Ran already when the last run was stopped: they hold their places. */
  const inFlight = waiting.filter((trial) => trial.launches.length > 0).sort(byNumber);
  const queue = [...waiting.filter((trial) => trial.launches.length === 0), ...createBaselines(parts, past)];
  queue.sort(byNumber);
  const deadline = config.timeMs === undefined ? Infinity : Date.now() + config.timeMs;
  const launched = new LaunchedTrials(executor, (trial, epoch) => pruning.mayStop(trial, epoch));
  /** The caller's, or after a fault our own. */
  const fatal = new AbortController();
  const signal = parts.signal === undefined ? fatal.signal : AbortSignal.any([parts.signal, fatal.signal]);
  let failures = 0;
  let fault: unknown;
  /** Trials whose time to begin was over. */
  let unstarted = 0;
  const highest = [...past, ...queue].reduce((most, trial) => Math.max(most, trial.number), 0);
  const fresh = new NewTrials(parts, past, highest + 1);

  const stopping = () => signal.aborted;
  const fail = (error: unknown) => {
    fault ??= error;
    // What trains is not kept, and what waits shall not begin.
    fatal.abort();
  };
  const late = () => Date.now() >= deadline;

  /** A trial that waits and may go on by now. */
  const promote = (last: boolean): Trial | undefined => {
    if (late()) return undefined;
    const number = pruning.next(last);
    if (number === undefined) return undefined;
    const trial = storedTrial(parts, number);
    pruning.onLeave(trial);
    return trial;
  };

  const tellWave = (ended: readonly Trial[]) => {
    for (const trial of ended) {
      pruning.onStop(trial);
      tell(parts, trial);
    }
  };

  /** What a free worker takes up: first what was interrupted, then what may go on, then what is new. */
  const pick = async (): Promise<NextTrial | undefined> => {
    const interrupted = inFlight.shift();
    if (interrupted !== undefined) return { trial: interrupted, startBy: Infinity };
    if (waves?.full === true) {
      if (launched.size > 0) return undefined;
      tellWave(waves.close());
    }
    const promoted = promote(false);
    if (promoted !== undefined) return { trial: promoted, startBy: deadline };
    const queued = queue.shift();
    if (queued !== undefined) return { trial: queued, startBy: Infinity };
    const proposal = late() ? undefined : await fresh.propose();
    return proposal === undefined ? undefined : { trial: proposal, startBy: deadline };
  };

  /** With nothing left to start and nothing running: who may go on once everything is told, or because nothing else will. */
  const pickLast = (): Trial | undefined => {
    if (waves?.news === true) tellWave(waves.close());
    return promote(false) ?? promote(true);
  };

  const stopped = (trial: Trial, state: 'ended' | 'paused') => {
    if (waves) waves.end(trial);
    else {
      pruning.onStop(trial);
      tell(parts, trial);
    }
    parts.events?.[state === 'ended' ? 'finished' : 'paused']?.(trial);
  };

  const finish = (trial: Trial, outcome: RunOutcome) => {
    if (stopping()) return; // it stays RUNNING in the store and runs again on resume
    if (outcome.state === 'WAITING') return void unstarted++; // it stays what it is in the store
    if (outcome.state === 'PAUSED') {
      store.pause(study, trial.number, outcome.epoch, outcome.metrics);
      checkpoints?.paused(trial.number, outcome.epoch);
      return stopped(storedTrial(parts, trial.number), 'paused');
    }
    store.finish(study, trial.number, checked(outcome));
    checkpoints?.ended(trial.number);
    const finished = storedTrial(parts, trial.number);
    failures = finished.state === 'FAILED' ? failures + 1 : 0;
    stopped(finished, 'ended');
    if (failures >= config.maxConsecutiveFailures) {
      throw new NasDistillError(
        'TRIALS_FAILING',
        `study ${study}: ${failures} trials in a row failed, the last (${finished.number}) with: ${finished.reason}`,
        {
          hint: `Look at one with: nas-distill show ${finished.number} --study ${study}`,
        },
      );
    }
  };

  const launch = ({ trial, startBy }: NextTrial) => {
    const { number } = trial;
    // One that was interrupted belongs to the open wave already.
    const wave = trial.launches.some(({ wave: w, from }) => w === waves?.open && from === (trial.checkpoint ?? 0))
      ? waves?.open
      : waves?.launch();
    const job = jobOf(parts, trial);
    /** Epochs that it trained in this launch. */
    let trained = 0;
    const work = executor
      .run(
        launched.full && startBy < Infinity ? { ...job, startBy } : job,
        {
          onPrepared: () => parts.events?.prepared?.(trial),
          onStart: (worker) => {
            store.start(study, number, worker, wave);
            launched.trains(trial, (job.resume?.epoch ?? 0) + 1);
            parts.events?.started?.(trial, worker);
          },
          onRung: (rung) => {
            store.report(study, number, rung);
            trained++;
            parts.events?.rung?.(trial, rung);
            const decision = pruning.onRung(trial, rung);
            if (decision === 'continue') launched.trains(trial, rung.epoch + 1);
            return decision;
          },
          onLost: (deaths, reason) => {
            launched.rests(trial);
            store.lose(study, number, deaths);
            parts.events?.lost?.(trial, reason, trained);
            trained = 0;
          },
        },
        signal,
      )
      .then((outcome) => {
        launched.rests(trial);
        return withControl({ ...parts, signal }, job, outcome);
      })
      .then((outcome) => finish(trial, outcome))
      .catch(fail);
    launched.add(trial, work);
  };

  for (;;) {
    try {
      while (!stopping() && launched.room) {
        const picked = await pick();
        if (picked === undefined) break;
        launch(picked);
      }
      if (launched.size === 0) {
        const last = stopping() ? undefined : pickLast();
        if (last === undefined) break;
        launch({ trial: last, startBy: Infinity });
      }
    } catch (error) {
      // Others may train meanwhile: they are stopped before the search ends, not left behind.
      fail(error);
      continue;
    }
    await launched.change();
  }
  if (fault !== undefined) {
    store.requeueRunning(study);
    throw fault;
  }
  const interrupted = signal.aborted;
  if (interrupted) store.requeueRunning(study);
  else giveUpWaiting(parts, pruning);
  return {
    trials: store.trials(study),
    ended: interrupted ? 'interrupted' : unstarted > 0 ? 'time' : (fresh.over ?? 'time'),
  };
}

function byNumber(a: Trial, b: Trial): number {
  return a.number - b.number;
}

/** A finished trial's numbers must be numbers: NaN never reaches the front or the sampler. */
function checked(outcome: TrialOutcome): TrialOutcome {
  if (outcome.state === 'FAILED') return outcome;
  const bad = Object.entries(outcome.metrics).find(([, value]) => !Number.isFinite(value));
  return bad === undefined ? outcome : { state: 'FAILED', metrics: {}, reason: `metric ${bad[0]} is ${bad[1]}` };
}
