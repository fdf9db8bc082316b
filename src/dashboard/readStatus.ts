import { z } from 'zod';
import type { Budget, CostName } from '../costs/CostModel.js';
import { NasDistillError } from '../core/errors.js';
import { hypervolumes } from '../reports/client/hypervolumes.js';
import { budgetsOf, objectivesOf, teacherOf } from '../reports/studyFacts.js';
import { frontOf } from '../search/frontOf.js';
import { accuracyOf } from '../store/accuracies.js';
import type { TrialStore, TrialSummary } from '../store/types.js';
import type { LiveBudget, LivePoint, LiveStatus, LiveTrial, LiveWorker } from './LiveStatus.js';
import { studyProgress } from './studyProgress.js';

const [mostRecent, mostFailures, mostVolumes, paceTrials] = [8, 5, 60, 20];
const plan = z.object({
  workers: z.number().int().positive().catch(1),
  epochs: z.number().optional().catch(undefined),
});

/**
 * Looks at a study once. `now` in milliseconds since 1970.
 * @throws NasDistillError NOT_FOUND if there is no such study (any more)
 */
export function readStatus(store: TrialStore, name: string, now: number = Date.now()): LiveStatus {
  const study = store.study(name);
  if (study === undefined) throw new NasDistillError('NOT_FOUND', `there is no study '${name}'`);
  const trials = store.trialSummaries(name);
  const writer = store.writer(name);
  const progress = studyProgress(study, trials, writer, now);
  const { cost } = progress;
  const { workers, epochs } = plan.parse(study.settings);
  const ended = trials.filter((trial) => trial.finishedAt !== null).sort(latestFirst);
  const running = progress.running ? trials.filter((trial) => trial.state === 'RUNNING') : [];
  const students = trials.filter((trial) => trial.state === 'COMPLETE' && trial.origin !== 'baseline');
  const budgets = budgetsOf(study);
  return {
    study: name,
    now,
    state: progress.state,
    pid: writer?.pid ?? null,
    counts: progress.counts,
    planned: progress.planned,
    done: progress.done,
    epochs: epochs ?? null,
    elapsedMs: progress.elapsedMs,
    etaMs: progress.etaMs,
    perHour: paceOf(ended),
    cost,
    teacherAccuracy: teacherOf(study)?.accuracy ?? null,
    best: progress.best === undefined ? null : pointOf(progress.best, cost),
    budgets: budgets.map(({ metric, limit, text }): LiveBudget => ({
      text,
      metric,
      limit,
      best: [1, 0.5, 0.25].map((share) => ({ share, student: bestWithin(students, metric, share * limit) })),
    })),
    workers: progress.running ? workersOf(store, name, running, workers, now) : [],
    recent: ended.slice(0, mostRecent).map((trial) => endedTrial(trial, cost)),
    failures: ended
      .filter((trial) => trial.state === 'FAILED')
      .slice(0, mostFailures)
      .map((trial) => endedTrial(trial, cost)),
    hypervolume: volumesOf(students, objectivesOf(study), budgets),
    front: frontOf(trials, objectivesOf(study)).map((trial) => pointOf(trial, cost)),
  };
}

/** A trial as the live views name it; its accuracy is null where nothing finite was measured. */
export function endedTrial(trial: TrialSummary, cost: CostName): LiveTrial {
  const accuracy = accuracyOf(trial);
  return {
    trial: trial.number,
    state: trial.state,
    accuracy: Number.isFinite(accuracy) ? accuracy : null,
    cost: trial.costs[cost],
    reason: trial.reason,
  };
}

function pointOf(trial: TrialSummary, cost: CostName): LivePoint {
  return { trial: trial.number, accuracy: accuracyOf(trial), cost: trial.costs[cost] };
}

function bestWithin(students: readonly TrialSummary[], metric: CostName, limit: number): LivePoint | null {
  const best = students
    .filter((trial) => trial.costs[metric] <= limit)
    .reduce<TrialSummary | undefined>((a, b) => (a === undefined || accuracyOf(b) > accuracyOf(a) ? b : a), undefined);
  return best === undefined ? null : pointOf(best, metric);
}

function workersOf(
  store: TrialStore,
  study: string,
  running: readonly TrialSummary[],
  count: number,
  now: number,
): LiveWorker[] {
  const busy = new Map(running.map((trial) => [trial.worker ?? -1, trial]));
  const seen = [...new Set([...Array.from({ length: count }, (_, i) => i), ...busy.keys()])].sort((a, b) => a - b);
  return seen.map((worker) => {
    const trial = busy.get(worker);
    if (trial === undefined) return { worker, trial: null, epoch: 0, accuracy: null, forMs: null };
    const { rungs, launches } = store.trial(study, trial.number) ?? { rungs: [], launches: [] };
    const last = rungs.at(-1);
    const since = launches.at(-1)?.startedAt ?? trial.startedAt;
    const accuracy = last?.metrics.accuracy;
    return {
      worker,
      trial: trial.number,
      epoch: last?.epoch ?? 0,
      accuracy: accuracy !== undefined && Number.isFinite(accuracy) ? accuracy : null,
      forMs: since === null ? null : Math.max(0, now - since),
    };
  });
}

/** @param ended newest first */
function paceOf(ended: readonly TrialSummary[]): number | null {
  const times = ended.slice(0, paceTrials).flatMap((trial) => trial.finishedAt ?? []);
  const [last, first] = [times[0], times[times.length - 1]];
  return times.length < 2 || last <= first ? null : ((times.length - 1) * 3_600_000) / (last - first);
}

/** The report's hypervolume, thinned evenly; its last value is always there. */
function volumesOf(
  students: readonly TrialSummary[],
  costs: readonly CostName[],
  budgets: readonly Budget[],
): number[] {
  const measured = students.flatMap((trial) => {
    const accuracy = accuracyOf(trial);
    return Number.isFinite(accuracy) ? [{ number: trial.number, accuracy, costs: trial.costs }] : [];
  });
  const boxes = costs.map((cost) => {
    const met = measured.map((trial) => trial.costs[cost]);
    const limit = budgets.find((budget) => budget.metric === cost)?.limit;
    const low = met.reduce((a, b) => Math.min(a, b), Infinity);
    return { low, high: 1.01 * (limit ?? met.reduce((a, b) => Math.max(a, b), 0)) };
  });
  const all = hypervolumes(measured, costs, boxes).map((step) => step.volume);
  const count = Math.min(mostVolumes, all.length);
  return Array.from({ length: count }, (_, i) => all[Math.floor(((i + 1) * all.length) / count) - 1]);
}

function latestFirst(a: TrialSummary, b: TrialSummary): number {
  return (b.finishedAt ?? 0) - (a.finishedAt ?? 0) || b.number - a.number;
}
