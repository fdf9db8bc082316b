import Database from 'better-sqlite3';
import type { ReportInput } from '../../src/reports/buildReportData.js';
import { openStore } from '../../src/store/openStore.js';
import type { Trial, TrialStore } from '../../src/store/types.js';

/** Writes one trial as a search would: created, started, its rungs, its end (unless it is still open). */
export function writeTrial(store: TrialStore, study: string, trial: Trial): void {
  const { number } = store.createTrial(study, trial);
  if (trial.state === 'WAITING' || trial.state === 'INFEASIBLE') return;
  store.start(study, number, trial.worker ?? 0);
  for (const rung of trial.rungs) store.report(study, number, rung);
  if (trial.state === 'RUNNING') return;
  if (trial.state === 'PAUSED') {
    store.pause(study, number, trial.rungs.length, trial.metrics);
    return;
  }
  store.finish(study, number, {
    state: trial.state,
    metrics: trial.metrics,
    ...(trial.reason === null ? {} : { reason: trial.reason }),
  });
}

/** Writes a study into a real database; its name may be one that the store itself would refuse. */
export function writeStudy(path: string, input: ReportInput, more: Record<string, unknown> = {}): void {
  const store = openStore(path);
  const allowed = /^[\w.-]+$/.test(input.study.name) ? input.study.name : 'renamed-below';
  store.createStudy({
    name: allowed,
    settings: { ...input.study.settings, ...more },
    facts: input.study.facts,
  });
  for (const trial of input.trials) writeTrial(store, allowed, trial);
  store.close();
  if (allowed === input.study.name) return;
  const db = new Database(path);
  db.prepare('UPDATE studies SET name = ? WHERE name = ?').run(input.study.name, allowed);
  db.close();
}
