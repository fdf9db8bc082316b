import Database from 'better-sqlite3';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore } from '../../src/store/openStore.js';
import { runProcess, start } from './process.js';
import { storeQuickTeacher } from './quickTeacher.js';
import { pause } from './startedTrial.js';
import { writeStripes } from './stripes.js';

let root: string;
let database: string;
const words = (study: string) => [
  ...['--results', join(root, 'results'), 'search', '--study-file', join(root, 'study.yaml'), '--study', study],
  ...['--deterministic', '--workers', '2', '--no-report', '--json'],
];

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'paused-search-'));
  database = join(root, 'results', 'nas-distill.db');
  const data = writeStripes(join(root, 'stripes'));
  storeQuickTeacher(join(root, 'results', 'teachers'));
  writeFileSync(
    join(root, 'study.yaml'),
    `data: ${data}\nspace: minimal\nteacher: quick\nsampler: random\ntrials: 10\nepochs: 3\nbaselineWidths: []\n` +
      'pruner: asha\nprunerOptions: { reduction: 2 }\n',
  );
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Waits until so many trials of a study stand at a pause. */
async function paused(study: string, count: number): Promise<void> {
  for (const end = Date.now() + 40_000; Date.now() < end; await pause(20)) {
    if (!existsSync(database)) continue;
    const db = new Database(database, { readonly: true });
    try {
      const sql = 'SELECT count(*) FROM trials JOIN studies s ON s.id = study_id WHERE paused = 1 AND s.name = ?';
      if (Number(db.prepare(sql).pluck().get(study)) >= count) return;
    } catch (error) {
      // Its writer may be at the moment of creating it.
      if (!(error instanceof Database.SqliteError)) throw error;
    } finally {
      db.close();
    }
  }
  throw new Error(`${count} trials of ${study} never paused`);
}

function trialsOf(study: string) {
  const store = openStore(database, { readonly: true });
  try {
    return store.trials(study).map(({ number, state, architectureId, rungs, launches }) => ({
      ...{ number, state, architectureId, curve: rungs.map(({ metrics }) => metrics.accuracy) },
      launches: launches.map(({ from, wave }) => [from, wave]),
    }));
  } finally {
    store.close();
  }
}

it('what paused survives a kill and a Ctrl-C, is shown, and goes on as if neither had been', async () => {
  const whole = await start(words('whole'), 60_000).ended;
  expect(whole.code, whole.stderr).toBe(0);
  const expected = trialsOf('whole');
  expect(expected.some(({ launches }) => launches.length > 1)).toBe(true);
  expect(expected.filter(({ state }) => state === 'PRUNED').length).toBeGreaterThan(2);

  const killed = start(words('torn'), 60_000);
  await paused('torn', 2);
  killed.kill('SIGKILL');
  await killed.ended;
  const status = await runProcess(['--results', join(root, 'results'), 'status', 'torn']);
  expect(status.stdout).toMatch(/\d+ paused/);

  const stopped = start(words('torn'), 60_000);
  await paused('torn', 3);
  stopped.kill('SIGINT');
  expect([0, 130]).toContain((await stopped.ended).code);
  const ended = await start(words('torn'), 60_000).ended;
  expect(ended.code, ended.stderr).toBe(0);
  expect(trialsOf('torn')).toEqual(expected);
  expect(readdirSync(join(root, 'results', 'checkpoints', 'torn'))).toEqual([]);
  expect((await runProcess(['--results', join(root, 'results'), 'delete', 'torn', '--yes'])).code).toBe(0);
  expect(existsSync(join(root, 'results', 'checkpoints', 'torn'))).toBe(false);
}, 180_000);
