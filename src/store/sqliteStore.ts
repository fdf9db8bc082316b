import { answerMethods } from './answerMethods.js';
import { laterFindings } from './laterFindings.js';
import { NewestModels } from './NewestModels.js';
import type { OpenDatabase } from './openDatabase.js';
import { promotionMethods } from './promotionMethods.js';
import { StoreAccess } from './StoreAccess.js';
import { studyMethods } from './studyMethods.js';
import { trialLife } from './trialLife.js';
import { trialReads } from './trialReads.js';
import type { TrialStore } from './types.js';

/** The store over better-sqlite3. Each change is one transaction, synchronised to disk before the method returns. */
export function sqliteStore(path: string, opened: OpenDatabase): TrialStore {
  const access = new StoreAccess(path, opened);
  const models = new NewestModels();
  return {
    journalMode: opened.journalMode,
    version: () => access.version(),
    ...studyMethods(access, models),
    ...trialLife(access, models),
    ...laterFindings(access),
    ...trialReads(access, models),
    ...answerMethods(access),
    ...promotionMethods(access),
    writer: (study) => access.readStudy(study, (id) => access.lease.writer(id)),
    close: () => access.close(),
  };
}
