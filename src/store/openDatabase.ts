import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { NasDistillError } from '../core/errors.js';
import { makeDirectory } from '../core/makeDirectory.js';
import { keepFromCollection } from './keepFromCollection.js';
import { migrations } from './migrations/index.js';
import { explainSqlite } from './sqliteErrors.js';

/** Marks the file as ours (`file` and SQLite's own tools show it): "NASD". */
const applicationId = 0x4e415344;
const busyTimeoutMs = 5000;

export type SqliteDatabase = Database.Database;

/** An open database, migrated to this version's schema. */
export interface OpenDatabase {
  readonly db: SqliteDatabase;
  /** `wal`; `delete` where the file system cannot share memory between processes; `memory` for `:memory:`. */
  readonly journalMode: string;
}

/**
 * Opens (and unless `readonly` creates and migrates) the database at `path`.
 * @throws NasDistillError NOT_FOUND if read-only and absent, STORAGE_VERSION if newer, STORAGE if not ours, broken or shut
 */
export function openDatabase(path: string, readonly: boolean): OpenDatabase {
  const inMemory = path === ':memory:';
  if (readonly && !existsSync(path)) {
    throw new NasDistillError('NOT_FOUND', `there is no study database at ${path}`, {
      hint: 'Start a study with: nas-distill search --budget 8MB',
    });
  }
  if (!readonly && !inMemory) makeDirectory(dirname(path));
  let db: SqliteDatabase | undefined;
  try {
    db = connect(path, readonly);
    checkVersion(db, path, readonly);
    if (!readonly && !tryWal(db)) {
      db.close();
      db = connect(path, readonly);
      leaveWal(db);
    }
    db.pragma('foreign_keys = ON');
    db.pragma('synchronous = FULL');
    if (!readonly) migrate(db, path);
    return { db, journalMode: String(db.pragma('journal_mode', { simple: true })) };
  } catch (error) {
    db?.close();
    throw explainSqlite(path, error);
  }
}

function connect(path: string, readonly: boolean): SqliteDatabase {
  return keepFromCollection(new Database(path, { readonly, fileMustExist: readonly, timeout: busyTimeoutMs }));
}

function checkVersion(db: SqliteDatabase, path: string, readonly: boolean): void {
  const version = userVersion(db);
  if (version > migrations.length) {
    throw new NasDistillError(
      'STORAGE_VERSION',
      `${path} was written by a newer nas-distill (schema ${version}; this one knows up to ${migrations.length})`,
      { hint: 'Update nas-distill, or choose another place with --results DIR.' },
    );
  }
  const id = db.pragma('application_id', { simple: true });
  const tables = db.prepare("SELECT count(*) FROM sqlite_schema WHERE type = 'table'").pluck().get();
  const foreign = id !== applicationId && (id !== 0 || version !== 0 || tables !== 0);
  if (foreign) {
    throw new NasDistillError('STORAGE', `${path} is a database of another program`, {
      hint: 'Nothing was changed. Choose another place with --results DIR.',
    });
  }
  if (readonly && version < migrations.length) {
    throw new NasDistillError(
      'STORAGE_VERSION',
      `${path} has schema ${version} and was opened read-only; this nas-distill needs schema ${migrations.length}`,
      { hint: 'Open it once for writing, such as with: nas-distill studies' },
    );
  }
}

function userVersion(db: SqliteDatabase): number {
  return Number(db.pragma('user_version', { simple: true }));
}

/**
 * WAL lets others read while one writes, but needs shared memory, which network file systems lack: it is asked for, then
 * tried by a write. False where that fails: the caller then uses the rollback journal and tells it by `journalMode`.
 */
function tryWal(db: SqliteDatabase): boolean {
  try {
    db.pragma('journal_mode = WAL');
    markAsOurs(db);
    return true;
  } catch (error) {
    if (isBusyOrFull(error)) throw error;
    return false;
  }
}

/** The header may say WAL by now: under an exclusive lock it can be left without shared memory. */
function leaveWal(db: SqliteDatabase): void {
  db.pragma('locking_mode = EXCLUSIVE');
  db.pragma('journal_mode = DELETE');
  db.pragma('locking_mode = NORMAL');
  markAsOurs(db);
}

/** A write, too: whoever cannot write learns it here. */
function markAsOurs(db: SqliteDatabase): void {
  db.transaction(() => db.pragma(`application_id = ${applicationId}`)).immediate();
}

function isBusyOrFull(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(BUSY|FULL)/.test(error.code);
}

/** Each migration is one transaction: a process that dies in between leaves the version before it. */
function migrate(db: SqliteDatabase, path: string): void {
  const step = db.transaction(() => {
    // Read again under the write lock: another process may have migrated in the meantime.
    checkVersion(db, path, false);
    const version = userVersion(db);
    if (version === migrations.length) return;
    db.exec(migrations[version]);
    db.pragma(`user_version = ${version + 1}`);
  });
  while (userVersion(db) < migrations.length) step.immediate();
}
