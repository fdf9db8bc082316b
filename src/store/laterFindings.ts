import { NasDistillError } from '../core/errors.js';
import { metricsToJson, repeatsRow, summaryRow } from './rows.js';
import type { StoreAccess } from './StoreAccess.js';
import type { Metrics, TrialStore } from './types.js';

/** What is found out of a trial besides its own training: measurements and repeats. */
export function laterFindings(access: StoreAccess): Pick<TrialStore, 'recordMeasured' | 'recordRepeat'> {
  const { sql } = access;
  return {
    recordMeasured(study: string, number: number, measured: Readonly<Record<string, number>>): void {
      access.change(study, (id) => {
        const row = sql.summary.get(id, number);
        if (row === undefined) throw new NasDistillError('NOT_FOUND', `study '${study}' has no trial ${number}`);
        const known = access.parse(summaryRow, row).measured;
        sql.recordMeasured.run(JSON.stringify({ ...known, ...measured }), id, number);
      });
    },

    recordRepeat(study: string, number: number, run: number, metrics: Metrics): void {
      access.change(study, (id) => {
        const row = sql.summary.get(id, number);
        if (row === undefined) throw new NasDistillError('NOT_FOUND', `study '${study}' has no trial ${number}`);
        const known = access.parse(repeatsRow, row).repeats;
        sql.recordRepeats.run(metricsToJson({ ...known, [run]: metrics }), id, number);
      });
    },
  };
}
