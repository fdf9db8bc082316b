import { NasDistillError } from '../core/errors.js';
import { checkStudyName } from './checkStudyName.js';
import type { NewestModels } from './NewestModels.js';
import { studyRow } from './rows.js';
import type { StoreAccess } from './StoreAccess.js';
import type { StudyRecord, TrialStore } from './types.js';

/** What a store does with studies as a whole. */
export function studyMethods(
  access: StoreAccess,
  models: NewestModels,
): Pick<TrialStore, 'createStudy' | 'study' | 'studies' | 'deleteStudy' | 'updateFacts'> {
  const { sql } = access;
  return {
    createStudy(study: Omit<StudyRecord, 'createdAt'>): void {
      checkStudyName(study.name);
      const id = access.transaction(() => {
        if (sql.studyId.get(study.name) !== undefined) {
          throw new NasDistillError('STUDY_EXISTS', `study '${study.name}' exists already in ${access.path}`, {
            hint: 'Go on with it by --resume, or choose another --name.',
          });
        }
        const { settings, facts } = study;
        const result = sql.createStudy.run(study.name, Date.now(), JSON.stringify(settings), JSON.stringify(facts));
        const created = Number(result.lastInsertRowid);
        access.lease.require(created, study.name);
        return created;
      });
      access.holdLease(id);
    },

    study(name: string): StudyRecord | undefined {
      return access.read(() => {
        const row = sql.study.get(name);
        return row === undefined ? undefined : access.parse(studyRow, row);
      });
    },

    studies(): StudyRecord[] {
      return access.read(() => sql.studies.all().map((row) => access.parse(studyRow, row)));
    },

    deleteStudy(name: string): void {
      const id = access.change(name, (study) => {
        sql.deleteStudy.run(study);
        return study;
      });
      models.forget(id);
      access.lease.forget(id);
    },

    updateFacts(study: string, facts: Readonly<Record<string, unknown>>): void {
      access.change(study, (id) => sql.updateFacts.run(JSON.stringify(facts), id));
    },
  };
}
