import { version } from '../core/version.js';
import type { ChoiceValue } from '../spaces/SearchSpace.js';
import type { Predictions } from '../store/Predictions.js';
import type { Metrics, PromotionRecord, StudyRecord, Trial, TrialState } from '../store/types.js';
import { trainedMs } from '../store/trainedMs.js';
import { BlockPool } from './BlockPool.js';
import { importanceOf } from './importance.js';
import type { ReportAnswers, ReportChoice, ReportData, ReportTrial } from './ReportData.js';
import { budgetsOf, coverageWarnings, factLines, teacherOf } from './studyFacts.js';
import { verdictOf, withCoverage } from './verdict.js';

export interface ReportInput {
  readonly study: StudyRecord;
  readonly trials: readonly Trial[];
  readonly promotions: readonly PromotionRecord[];
  /** What promoted students answer, by trial. */
  readonly predictions?: ReadonlyMap<number, Predictions>;
  /** What students answer that were not promoted. */
  readonly answers?: ReportAnswers;
  /** Milliseconds since 1970; the time of the call by default. */
  readonly now?: number;
}

/** Gathers what the report shows. Works on a running study as well. */
export function buildReportData({
  study,
  trials,
  promotions,
  predictions,
  answers,
  now = Date.now(),
}: ReportInput): ReportData {
  const budgets = budgetsOf(study);
  const teacher = teacherOf(study);
  const choices = choicesOf(trials);
  const position = choices.map((choice) => new Map(choice.values.map((value, i) => [value, i])));
  const pool = new BlockPool();
  const rows = trials.map((trial): ReportTrial => {
    const curve = trial.rungs.flatMap((rung) =>
      Number.isFinite(rung.metrics.accuracy) ? [[rung.epoch, round(rung.metrics.accuracy)] as const] : [],
    );
    const runs = runsOf(trial);
    const metrics = meanOf(runs);
    const accuracy =
      metrics.accuracy ?? (trial.state === 'PRUNED' || trial.state === 'PAUSED' ? curve.at(-1)?.[1] : undefined);
    return {
      number: trial.number,
      state: trial.state,
      origin: trial.origin,
      accuracy:
        accuracy !== undefined && Number.isFinite(accuracy) && trial.state !== 'FAILED' ? round(accuracy) : null,
      costs: trial.costs,
      fits: budgets.every((budget) => trial.costs[budget.metric] <= budget.limit),
      choices: choices.map((choice, i) => {
        const value = trial.architecture.choices[choice.name];
        return value === undefined ? -1 : (position[i].get(textOf(value)) ?? -1);
      }),
      blocks: pool.add(trial.spec),
      curve,
      epochs: trial.rungs.map((rung) => rung.epoch),
      history: historyOf(trial),
      metrics: Object.fromEntries(
        Object.entries(metrics).flatMap(([name, value]) => (Number.isFinite(value) ? [[name, round(value)]] : [])),
      ),
      elapsedMs: trainedMs(trial),
      startedMs: trial.startedAt === null ? null : trial.startedAt - study.createdAt,
      worker: trial.worker,
      ...spellsOf(trial, study.createdAt),
      ...(trial.reason === null ? {} : { reason: trial.reason }),
      ...(trial.baselineWidth === undefined ? {} : { width: trial.baselineWidth }),
      ...(runs.length < 2 ? {} : { runs: runs.map((run) => round(run.accuracy)) }),
      ...measuredOf(trial),
    };
  });
  return {
    version,
    generatedAt: now,
    study: { name: study.name, createdAt: study.createdAt, elapsedMs: elapsedOf(study, trials) },
    settings: study.settings,
    facts: factLines(study),
    teacher,
    budgets,
    verdict: withCoverage(verdictOf(rows, teacher, budgets), coverageWarnings(study)),
    counts: countsOf(trials),
    choices,
    blocks: pool.blocks,
    importance: importanceOf(rows, choices),
    trials: rows,
    promotions: promotions.map(({ trial, accuracy, directory }) => {
      const own = predictions?.get(trial);
      return { trial, accuracy, directory, ...(own === undefined ? {} : { predictions: own }) };
    }),
    ...(answers === undefined ? {} : { answers }),
  };
}

/** Every choice that an architecture made, in order of first appearance; numbers ascend, other values as first met. */
function choicesOf(trials: readonly Trial[]): ReportChoice[] {
  const values = new Map<string, Map<string, ChoiceValue>>();
  for (const trial of trials) {
    for (const [name, value] of Object.entries(trial.architecture.choices)) {
      const seen = values.get(name) ?? new Map<string, ChoiceValue>();
      seen.set(textOf(value), value);
      values.set(name, seen);
    }
  }
  return [...values].map(([name, seen]) => {
    const entries = [...seen];
    const numeric = entries.every(([, value]) => typeof value === 'number');
    entries.sort(([a, x], [b, y]) => (numeric ? Number(x) - Number(y) : a < b ? -1 : a > b ? 1 : 0));
    return { name, values: entries.map(([text]) => text), json: entries.map(([, value]) => JSON.stringify(value)) };
  });
}

/** What each rung reported beside the accuracy; four digits draw a curve. */
function historyOf(trial: Trial): Record<string, (number | null)[]> {
  const names = new Set(trial.rungs.flatMap((rung) => Object.keys(rung.metrics)));
  names.delete('accuracy');
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      trial.rungs.map(({ metrics }) => (Number.isFinite(metrics[name]) ? Number(metrics[name].toPrecision(4)) : null)),
    ]),
  );
}

/** Final metrics of every run of a trial; those of confirming runs follow its own. */
function runsOf(trial: Trial): readonly Metrics[] {
  return [trial.metrics, ...trial.repeats.filter((run) => Number.isFinite(run.accuracy))];
}

/** Each metric's mean over the runs that have it. */
function meanOf(runs: readonly Metrics[]): Metrics {
  if (runs.length === 1) return runs[0];
  const names = new Set(runs.flatMap((run) => Object.keys(run)));
  return Object.fromEntries(
    [...names].map((name) => {
      const values = runs.flatMap((run) => (Number.isFinite(run[name]) ? [run[name]] : []));
      return [name, values.reduce((sum, value) => sum + value, 0) / values.length];
    }),
  );
}

/** Of a trial that paused: when it was on a worker. */
function spellsOf({ launches, state, startedAt, finishedAt, trainedMs: trained }: Trial, origin: number) {
  if (launches.length < 2 && state !== 'PAUSED') return {};
  const spells = launches.flatMap(({ startedAt: from, endedAt, worker }) =>
    endedAt === null ? [] : [[from - origin, endedAt - from, worker] as const],
  );
  const paused = startedAt === null || finishedAt === null ? 0 : Math.max(0, finishedAt - startedAt - (trained ?? 0));
  return { spells, ...(paused === 0 ? {} : { pausedMs: paused }) };
}

function measuredOf(trial: Trial): { measured?: Record<string, number> } {
  const found = Object.entries(trial.measured).filter(([, value]) => Number.isFinite(value));
  return found.length === 0 ? {} : { measured: Object.fromEntries(found.map(([name, value]) => [name, round(value)])) };
}

function textOf(value: ChoiceValue): string {
  return value === null ? 'none' : String(value);
}

/** Busy time from the first start to the last end: pauses between runs count. */
function elapsedOf(study: StudyRecord, trials: readonly Trial[]): number {
  const end = trials.reduce((latest, trial) => Math.max(latest, trial.finishedAt ?? 0), 0);
  return Math.max(0, end - study.createdAt);
}

function countsOf(trials: readonly Trial[]): Record<TrialState, number> {
  const counts = { WAITING: 0, RUNNING: 0, PAUSED: 0, COMPLETE: 0, PRUNED: 0, FAILED: 0, INFEASIBLE: 0 };
  for (const trial of trials) counts[trial.state] += 1;
  return counts;
}

/** Six digits are more than a validation split resolves; they keep the page small. */
function round(value: number): number {
  return Number(value.toPrecision(6));
}
