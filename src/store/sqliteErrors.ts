import { storageError } from '../core/storageError.js';
import { NasDistillError, messageOf, nodeCodeOf } from '../core/errors.js';

/** Runs a database operation on `path`; what SQLite throws becomes an error that a user can act on. */
export function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw explainSqlite(path, error);
  }
}

/** The error that fits what SQLite threw. Codes: https://sqlite.org/rescode.html */
export function explainSqlite(path: string, cause: unknown): NasDistillError {
  if (cause instanceof NasDistillError) return cause;
  const code = nodeCodeOf(cause) ?? '';
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) {
    const what = code === 'SQLITE_NOTADB' ? 'is not a database' : 'is damaged';
    return new NasDistillError('STORAGE', `${path} ${what} (${messageOf(cause)})`, {
      hint: 'Nothing was changed. Move the file away, or choose another place with --results DIR.',
      cause,
    });
  }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new NasDistillError('STORAGE', `${path} is locked by another process`, {
      hint: 'Wait for the other process to end, then run the same command again.',
      cause,
    });
  }
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN') || code === 'SQLITE_PERM') {
    return new NasDistillError('STORAGE', `cannot open or write ${path}: ${messageOf(cause)}`, {
      hint: 'Choose a writable place with --results DIR or NAS_DISTILL_RESULTS.',
      cause,
    });
  }
  if (code === 'ERR_DLOPEN_FAILED' || messageOf(cause).startsWith('Could not locate the bindings file')) {
    return new NasDistillError('STORAGE', `better-sqlite3 is not compiled for this Node (${process.version})`, {
      hint: 'In a clone run: npm run setup. Elsewhere: npm rebuild better-sqlite3 --ignore-scripts=false',
      cause,
    });
  }
  if (code.startsWith('SQLITE_CONSTRAINT')) {
    return new NasDistillError('INTERNAL', `${path}: the store refused a change: ${messageOf(cause)}`, { cause });
  }
  return storageError(path, cause);
}
