import Database from 'better-sqlite3';
import { existsSync } from 'node:fs';

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until `count` trials in the database were started after `since`, two minutes at most, as a busy machine needs them. */
export async function startedTrial(database: string, since: number, count = 1): Promise<void> {
  for (const end = since + 120_000; Date.now() < end; await pause(20)) {
    if (!existsSync(database)) continue;
    const db = new Database(database, { readonly: true });
    try {
      const tables = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'trials'").get();
      if (!tables) continue;
      const started = db.prepare('SELECT count(*) FROM trials WHERE started_at >= ?').pluck().get(since);
      if (Number(started) >= count) return;
    } catch (error) {
      // Its writer may be at the moment of creating it.
      if (!(error instanceof Database.SqliteError)) throw error;
    } finally {
      db.close();
    }
  }
  throw new Error(`no trial was started in ${database}`);
}
