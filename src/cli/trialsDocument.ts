import { costNamesOf } from '../costs/CostModel.js';
import { trainedMs } from '../store/trainedMs.js';
import type { StudyRecord, Trial } from '../store/types.js';

/** A study with its trials as they are stored. */
export interface StoredStudy {
  readonly study: StudyRecord;
  readonly trials: readonly Trial[];
}

/** All but the layer graphs: `nas-distill show TRIAL --json` has those. */
export function trialsDocument({ study, trials }: StoredStudy) {
  return { study, trials: trials.map((trial) => ({ ...trial, spec: undefined })) };
}

/** One row a trial; a column for every metric, cost, measurement and choice that any trial has. */
export function trialsRows(studies: readonly StoredStudy[]) {
  const all = studies.flatMap(({ study, trials }) => trials.map((trial) => ({ study: study.name, trial })));
  const keysOf = (read: (trial: Trial) => object) => [...new Set(all.flatMap(({ trial }) => Object.keys(read(trial))))];
  const metrics = keysOf((trial) => trial.metrics);
  const costs = [...new Set(all.flatMap(({ trial }) => costNamesOf(trial.costs)))];
  const measured = keysOf((trial) => trial.measured);
  const choices = keysOf((trial) => trial.architecture.choices);
  const head = [
    ...['study', 'trial', 'origin', 'state', 'baseline_width'],
    ...metrics,
    ...costs,
    ...measured.map((name) => `measured.${name}`),
    ...choices.map((name) => `choice.${name}`),
    ...['epochs', 'started_at', 'seconds', 'worker', 'reason', 'architecture'],
  ];
  const rows = all.map(({ study, trial }) => [
    ...[study, trial.number, trial.origin, trial.state, trial.baselineWidth],
    ...metrics.map((name) => trial.metrics[name]),
    ...costs.map((name) => trial.costs[name]),
    ...measured.map((name) => trial.measured[name]),
    ...choices.map((name) => trial.architecture.choices[name]),
    ...[trial.rungs.length, trial.startedAt === null ? null : new Date(trial.startedAt).toISOString()],
    secondsOf(trainedMs(trial)),
    ...[trial.worker, trial.reason, trial.architectureId],
  ]);
  return [head, ...rows];
}

function secondsOf(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}
