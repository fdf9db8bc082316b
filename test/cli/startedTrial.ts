import Database from 'better-sqlite3';
import { existsSync } from 'node:fs';

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until a trial in the database was started after `since`, half a minute at most. */
export async function startedTrial(database: string, since: number): Promise<void> {
  for (const end = since + 30_000; Date.now() < end; await pause(20)) {
    if (!existsSync(database)) continue;
    const db = new Database(database, { readonly: true });
    try {
      const tables = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'trials'").get();
      if (tables && db.prepare('SELECT 1 FROM trials WHERE started_at >= ?').get(since)) return;
    } catch (error) {
      // Its writer may be at the moment of creating it.
      if (!(error instanceof Database.SqliteError)) throw error;
    } finally {
      db.close();
    }
  }
  throw new Error(`no trial was started in ${database}`);
}
