import type { NewestModels, TrialModel } from './NewestModels.js';
import { launchRow, modelRow, rungRow, summaryRow } from './rows.js';
import type { StoreAccess } from './StoreAccess.js';
import type { Launch, Rung, Trial, TrialStore, TrialSummary } from './types.js';

/** Trials as they are read: whole, with rungs and launches, or in short. */
export function trialReads(
  access: StoreAccess,
  models: NewestModels,
): Pick<TrialStore, 'trials' | 'trial' | 'trialSummaries'> {
  const { sql } = access;
  const modelOf = (studyId: number, number: number): TrialModel =>
    models.of(studyId, number) ?? access.parse(modelRow, sql.model.get(studyId, number));
  return {
    trials(study: string): Trial[] {
      return access.readStudy(study, (id) => {
        const rungs = new Map<number, Rung[]>();
        for (const row of sql.rungs.all(id)) {
          const { number, rung } = access.parse(rungRow, row);
          const list = rungs.get(number);
          if (list === undefined) rungs.set(number, [rung]);
          else list.push(rung);
        }
        const launches = new Map<number, Launch[]>();
        for (const row of sql.launches.all(id)) {
          const { number, launch } = access.parse(launchRow, row);
          const list = launches.get(number);
          if (list === undefined) launches.set(number, [launch]);
          else list.push(launch);
        }
        return sql.trials.all(id).map((row) => {
          const summary = access.parse(summaryRow, row);
          const { number } = summary;
          const lists = { rungs: rungs.get(number) ?? [], launches: launches.get(number) ?? [] };
          return { ...summary, ...access.parse(modelRow, row), ...lists };
        });
      });
    },

    trial(study: string, number: number): Trial | undefined {
      return access.readStudy(study, (id) => {
        const row = sql.summary.get(id, number);
        if (row === undefined) return undefined;
        const rungs = sql.rungsOf.all(id, number).map((found) => access.parse(rungRow, found).rung);
        const launches = sql.launchesOf.all(id, number).map((found) => access.parse(launchRow, found).launch);
        return { ...access.parse(summaryRow, row), ...modelOf(id, number), rungs, launches };
      });
    },

    trialSummaries(study: string): TrialSummary[] {
      return access.readStudy(study, (id) => sql.summaries.all(id).map((row) => access.parse(summaryRow, row)));
    },
  };
}
