import type { Transaction } from 'better-sqlite3';
import type { z } from 'zod';
import { NasDistillError } from '../core/errors.js';
import type { OpenDatabase, SqliteDatabase } from './openDatabase.js';
import { numberColumn } from './rows.js';
import { explainSqlite, guarded } from './sqliteErrors.js';
import { prepareStatements, type Statements } from './statements.js';
import { WriterLease } from './WriterLease.js';

/** The database as the store's parts use it: prepared statements, in transactions, under the study's writer lease. */
export class StoreAccess {
  readonly sql: Statements;
  readonly lease: WriterLease;
  private readonly db: SqliteDatabase;
  /** Made once: better-sqlite3 builds four functions for each. */
  private readonly atomically: Transaction<<T>(work: () => T) => T>;
  private heartbeatFault: NasDistillError | undefined;

  constructor(
    readonly path: string,
    opened: OpenDatabase,
  ) {
    this.db = opened.db;
    this.sql = prepareStatements(this.db);
    this.lease = new WriterLease(this.db);
    this.atomically = this.db.transaction(<T>(work: () => T): T => work());
  }

  version(): number {
    return guarded(this.path, () => numberColumn.parse(this.sql.dataVersion.get()));
  }

  /** One durable change to a study by its only writer. */
  change<T>(study: string, work: (id: number) => T): T {
    let studyId = 0;
    const fault = this.heartbeatFault;
    this.heartbeatFault = undefined;
    // One beat that met a busy database is made good by this change itself.
    if (fault !== undefined && fault.code !== 'STORAGE') throw fault;
    const result = this.transaction(() => {
      studyId = this.idOf(study);
      this.lease.require(studyId, study);
      return work(studyId);
    });
    this.holdLease(studyId);
    return result;
  }

  /** One durable change that needs no lease. */
  transaction<T>(work: () => T): T {
    return guarded(this.path, () => this.atomically.immediate(work) as T);
  }

  /** Several reads of one state. */
  read<T>(work: () => T): T {
    return guarded(this.path, () => this.atomically.deferred(work) as T);
  }

  /** The same of one study. @throws NasDistillError NOT_FOUND */
  readStudy<T>(study: string, work: (id: number) => T): T {
    return this.read(() => work(this.idOf(study)));
  }

  /** @throws NasDistillError NOT_FOUND */
  idOf(study: string): number {
    const id = this.sql.studyId.get(study);
    if (id !== undefined) return numberColumn.parse(id);
    throw new NasDistillError('NOT_FOUND', `there is no study '${study}' in ${this.path}`, {
      hint: 'See all with: nas-distill studies',
    });
  }

  /** @throws NasDistillError NOT_FOUND */
  stateOf(studyId: number, study: string, number: number): string {
    const state = this.sql.trialState.get(studyId, number);
    if (state !== undefined) return String(state);
    throw new NasDistillError('NOT_FOUND', `study '${study}' has no trial ${number}`);
  }

  /** A row, checked. @throws NasDistillError STORAGE */
  parse<T>(schema: z.ZodType<T>, row: unknown): T {
    const parsed = schema.safeParse(row);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new NasDistillError('STORAGE', `${this.path} holds a broken row: ${issue.path.join('.')}: ${issue.message}`, {
      hint: 'Nothing was changed. It was edited or damaged from outside.',
    });
  }

  close(): void {
    if (!this.db.open) return;
    try {
      if (!this.db.readonly) guarded(this.path, () => this.lease.release());
    } finally {
      this.db.close();
    }
  }

  /** Keeps the lease of a study that was just written, by a heartbeat. */
  holdLease(studyId: number): void {
    this.lease.confirm(studyId);
    this.lease.startHeartbeat((tick) => {
      try {
        this.db.transaction(tick).immediate();
      } catch (error) {
        // Thrown by the next change: a timer has nobody to throw to.
        this.heartbeatFault = explainSqlite(this.path, error);
      }
    });
  }
}
