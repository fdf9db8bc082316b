import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { z } from 'zod';
import { NasDistillError } from '../core/errors.js';
import type { SqliteDatabase } from './openDatabase.js';
import type { StudyWriter } from './types.js';

const heartbeatMs = 10_000;
/** A lease this old is dead even if a process of its number lives: numbers are used again. */
const staleMs = 60_000;

const leaseRow = z.object({ token: z.string(), pid: z.number(), host: z.string(), heartbeat: z.number() });

/** Tokens held by this process: a lease of our own process number that is not among them is a dead process's. */
const ownTokens = new Set<string>();

/**
 * One process at a time writes a study. The holder's number, host and heartbeat stand in the database; a holder that
 * died, or whose heartbeat stopped for a minute, is taken over. Its later writes fail: every write checks the token.
 */
export class WriterLease {
  private readonly token = randomUUID();
  private readonly held = new Set<number>();
  private timer: NodeJS.Timeout | undefined;
  private readonly select;
  private readonly insert;
  private readonly renew;
  private readonly remove;

  constructor(db: SqliteDatabase) {
    this.select = db.prepare('SELECT token, pid, host, heartbeat FROM leases WHERE study_id = ?');
    this.insert = db.prepare(
      'INSERT OR REPLACE INTO leases (study_id, token, pid, host, heartbeat) VALUES (?, ?, ?, ?, ?)',
    );
    this.renew = db.prepare('UPDATE leases SET heartbeat = ? WHERE study_id = ? AND token = ?');
    this.remove = db.prepare('DELETE FROM leases WHERE study_id = ? AND token = ?');
  }

  /** Takes or renews the lease; to be called inside the write's transaction. @throws NasDistillError STORAGE if another holds it */
  require(studyId: number, study: string): void {
    if (this.held.has(studyId)) {
      if (this.renew.run(Date.now(), studyId, this.token).changes === 1) return;
      throw new NasDistillError('STORAGE', `this process no longer writes study '${study}': another one took it over`, {
        hint: 'It was stopped for more than a minute. See how the study goes with: nas-distill status',
      });
    }
    const writer = this.writer(studyId);
    if (writer?.alive) {
      throw new NasDistillError(
        'STORAGE',
        `study '${study}' is being written by process ${writer.pid} on ${writer.host}`,
        { hint: 'Wait for it, stop it, or use another study name. Reading (status, show, report) works meanwhile.' },
      );
    }
    this.insert.run(studyId, this.token, process.pid, hostname(), Date.now());
  }

  /** After the transaction that took the lease was committed. */
  confirm(studyId: number): void {
    if (this.held.has(studyId)) return;
    this.held.add(studyId);
    ownTokens.add(this.token);
  }

  /** Keeps the lease alive while no trial is written; `onError` gets what a heartbeat could not do. */
  startHeartbeat(beat: (tick: () => void) => void): void {
    if (this.timer !== undefined) return;
    this.timer = setInterval(() => {
      beat(() => {
        for (const studyId of this.held) this.renew.run(Date.now(), studyId, this.token);
      });
    }, heartbeatMs);
    this.timer.unref();
  }

  /** Who writes the study, if anyone does. */
  writer(studyId: number): StudyWriter | undefined {
    const found = this.select.get(studyId);
    if (found === undefined) return undefined;
    const { token, pid, host, heartbeat } = leaseRow.parse(found);
    return { pid, host, heartbeat, alive: isAlive(token, pid, host, heartbeat) };
  }

  /** Gives up every lease; a study that was deleted has none any more. */
  release(): void {
    clearInterval(this.timer);
    for (const studyId of this.held) this.remove.run(studyId, this.token);
    this.held.clear();
    ownTokens.delete(this.token);
  }

  /** Forgets a deleted study. */
  forget(studyId: number): void {
    this.held.delete(studyId);
  }
}

function isAlive(token: string, pid: number, host: string, heartbeat: number): boolean {
  if (Date.now() - heartbeat > staleMs) return false;
  if (host !== hostname()) return true;
  if (pid === process.pid) return ownTokens.has(token);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, but belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
