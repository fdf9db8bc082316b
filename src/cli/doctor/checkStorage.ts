import { existsSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { NasDistillError } from '../../core/errors.js';
import { requireWritable } from '../../core/requireWritable.js';
import { formatBytes } from '../../core/units.js';
import { integrityOf } from '../../store/integrityOf.js';
import { openStore } from '../../store/openStore.js';
import { resultPaths } from '../paths.js';
import type { Finding } from './Check.js';

/** Whether results can be written, and whether the studies are whole. */
export function checkStorage(resultsDir: string): Finding[] {
  return [...checkDirectory(resolve(resultsDir)), ...checkDatabase(resultPaths(resultsDir).database)];
}

function checkDirectory(directory: string): Finding[] {
  let there = directory;
  while (!existsSync(there)) there = dirname(there);
  try {
    requireWritable(there);
  } catch (error) {
    if (!(error instanceof NasDistillError)) throw error;
    return [
      { state: 'fault', what: 'results', found: error.message, hint: 'Choose another place with --results DIR.' },
    ];
  }
  const { bavail, bsize } = statfsSync(there);
  const free = bavail * bsize;
  const found = `${directory}${there === directory ? '' : ' (not made yet)'}, ${formatBytes(free)} free`;
  if (free >= 1e9) return [{ state: 'ok', what: 'results', found }];
  return [
    { state: 'note', what: 'results', found, hint: 'Data and the cache of a teacher take some hundred MB: see clean.' },
  ];
}

function checkDatabase(database: string): Finding[] {
  if (!existsSync(database)) return [{ state: 'ok', what: 'studies', found: 'none yet' }];
  try {
    const fault = integrityOf(database);
    if (fault !== undefined) {
      const hint = 'Restore it from a backup, or move it away: a search then begins a new one.';
      return [{ state: 'fault', what: 'studies', found: `${database} is damaged: ${fault}`, hint }];
    }
    return describeStudies(database);
  } catch (error) {
    if (!(error instanceof NasDistillError)) throw error;
    const state = error.code === 'STORAGE_VERSION' ? 'note' : 'fault';
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    return [{ state, what: 'studies', found: error.message, ...hint }];
  }
}

function describeStudies(database: string): Finding[] {
  const store = openStore(database, { readonly: true });
  try {
    const studies = store.studies().map(({ name }) => ({ name, writer: store.writer(name) }));
    const found = `${studies.length} in ${database}, database whole`;
    const slow = store.journalMode !== 'wal';
    return [
      {
        state: slow ? 'note' : 'ok',
        what: 'studies',
        found: slow
          ? `${found}; this file system has no shared memory, so readers and a search wait for each other`
          : found,
        ...(slow ? { hint: 'A local disk is quicker: --results DIR.' } : {}),
      },
      ...studies
        .filter(({ writer }) => writer !== undefined && !writer.alive)
        .map(({ name }): Finding => {
          return {
            state: 'note',
            what: 'studies',
            found: `${name} was stopped before its end`,
            hint: `Go on with: nas-distill search --resume ${name}`,
          };
        }),
    ];
  } finally {
    store.close();
  }
}
