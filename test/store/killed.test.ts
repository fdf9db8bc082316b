import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { openStore } from '../../src/store/openStore.js';
import { newTrial } from './fixtures.js';

it('survives SIGKILL in the middle of writes, five times, with no half trial', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'killed-'));
  const path = join(directory, 'nas-distill.db');
  const script = fileURLToPath(new URL('killedWriter.mjs', import.meta.url));
  let before = 0;
  for (let round = 0; round < 5; round++) {
    const child = spawn(process.execPath, [script, path, JSON.stringify(newTrial('x'))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(child, 'exit');
    await once(child.stdout, 'data');
    await sleep(80 + 37 * round);
    child.kill('SIGKILL');
    expect((await exit)[1]).toBe('SIGKILL');

    const db = new Database(path);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(db.pragma('foreign_key_check')).toEqual([]);
    const half = 'SELECT count(*) FROM trials WHERE id NOT IN (SELECT trial_id FROM trial_models)';
    expect(db.prepare(half).pluck().get()).toBe(0);
    db.close();

    const store = openStore(path, { readonly: true });
    expect(store.writer('killed')).toMatchObject({ pid: child.pid, alive: false });
    const trials = store.trials('killed');
    store.close();
    expect(trials.length).toBeGreaterThan(before);
    before = trials.length;
    expect(trials.map((trial) => trial.number)).toEqual(trials.map((_, i) => i + 1));
    for (const trial of trials) {
      if (trial.state !== 'COMPLETE') continue;
      expect(trial.rungs).toHaveLength(2);
      expect(trial.metrics).toEqual({ accuracy: 0.2 });
    }
    expect(trials.filter((trial) => trial.state === 'RUNNING').length).toBeLessThanOrEqual(1);
  }
  rmSync(directory, { recursive: true, force: true });
});
