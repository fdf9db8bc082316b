import Database from 'better-sqlite3';
import { storageError } from '../core/storageError.js';
import { keepFromCollection } from './keepFromCollection.js';

/**
 * SQLite's own check of a database file, quick form: undefined if it is whole, else its first complaint.
 * @throws NasDistillError STORAGE if it cannot be opened at all
 */
export function integrityOf(path: string): string | undefined {
  try {
    const database = keepFromCollection(new Database(path, { readonly: true, fileMustExist: true }));
    try {
      const said = String(database.pragma('quick_check(1)', { simple: true }));
      return said === 'ok' ? undefined : said;
    } finally {
      database.close();
    }
  } catch (error) {
    if (error instanceof Database.SqliteError && /SQLITE_(NOTADB|CORRUPT)/.test(error.code)) return error.message;
    throw storageError(path, error);
  }
}
