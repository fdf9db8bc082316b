import { NasDistillError } from '../core/errors.js';
import { openStore } from '../store/openStore.js';
import type { StudyRecord, TrialStore } from '../store/types.js';
import type { Io } from './Io.js';
import { resultPaths } from './paths.js';

/** Lets `work` read the studies while another process may be writing them. A database of an older version is migrated. */
export function readStudies<T>(io: Io, work: (store: TrialStore) => T): T {
  const store = openMigrated(resultPaths(io.resultsDir).database);
  try {
    return work(store);
  } finally {
    store.close();
  }
}

/** Opens the studies for reading; a database of an older version is migrated first. */
export function openMigrated(path: string): TrialStore {
  try {
    return openStore(path, { readonly: true });
  } catch (error) {
    if (!(error instanceof NasDistillError) || error.code !== 'STORAGE_VERSION') throw error;
    // Too old: opening it for writing migrates it. Too new: that throws again.
    openStore(path).close();
    return openStore(path, { readonly: true });
  }
}

/** The study of that name, or the newest. @throws NasDistillError NOT_FOUND */
export function chosenStudy(store: TrialStore, name: string | undefined): StudyRecord {
  const study = name === undefined ? store.studies().at(-1) : store.study(name);
  if (study !== undefined) return study;
  throw new NasDistillError('NOT_FOUND', name === undefined ? 'there is no study yet' : `there is no study '${name}'`, {
    hint: name === undefined ? 'Start one with: nas-distill search --budget 8MB' : 'See all with: nas-distill studies',
  });
}
