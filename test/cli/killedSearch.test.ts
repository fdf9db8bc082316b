import Database from 'better-sqlite3';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { start } from './process.js';
import { pause, startedTrial } from './startedTrial.js';
import { storeQuickTeacher } from './quickTeacher.js';
import { writeStripes } from './stripes.js';

const trials = 14;
const kills = 4;
let root: string;
let database: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'killed-'));
  database = join(root, 'results', 'nas-distill.db');
  writeStripes(join(root, 'stripes'));
  storeQuickTeacher(join(root, 'results', 'teachers'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const rowSchema = z.object({ number: z.number(), origin: z.string(), state: z.string(), architecture_id: z.string() });

function look() {
  const db = new Database(database);
  try {
    return {
      integrity: db.pragma('integrity_check', { simple: true }),
      foreign: db.pragma('foreign_key_check'),
      trials: z
        .array(rowSchema)
        .parse(db.prepare('SELECT number, origin, state, architecture_id FROM trials ORDER BY number').all()),
    };
  } finally {
    db.close();
  }
}

it('loses no finished trial and repeats no architecture when it is killed at random moments', async () => {
  const words = [
    ...['--results', join(root, 'results'), 'search', '--data', join(root, 'stripes'), '--space', 'minimal'],
    ...['--teacher', 'quick', '--trials', String(trials), '--epochs', '3', '--workers', '2', '--no-report', '--json'],
  ];
  const rng = createRng('kill -9');
  let finished = new Set<number>();
  let midway = 0;
  for (let kill = 0; kill < kills; kill++) {
    const running = start(words);
    // Most kills come while trials run; one comes at any moment of the start.
    if (kill !== 1) await startedTrial(database, Date.now());
    await pause(rng.uniform() * (kill === 1 ? 1500 : 250));
    running.kill('SIGKILL');
    const { signal } = await running.ended;
    if (signal !== 'SIGKILL') break; // it was quicker
    if (!existsSync(database)) continue;
    const { integrity, trials: rows } = look();
    expect(integrity).toBe('ok');
    const now = new Set(rows.filter((row) => row.state === 'COMPLETE').map((row) => row.number));
    for (const number of finished) expect(now).toContain(number);
    finished = now;
    if (rows.some((row) => row.state === 'RUNNING' || row.state === 'WAITING')) midway++;
  }
  expect(midway).toBeGreaterThanOrEqual(2);

  const ended = await start(words, 60_000).ended;
  expect(ended.stderr).not.toContain('nas-distill:');
  expect(ended.code).toBe(0);
  const { integrity, foreign, trials: rows } = look();
  expect(integrity).toBe('ok');
  expect(foreign).toEqual([]);
  const students = rows.filter((row) => row.origin === 'search');
  expect(students).toHaveLength(trials);
  expect(new Set(students.map((row) => row.architecture_id)).size).toBe(trials);
  expect(rows.map((row) => row.state)).toEqual(rows.map(() => 'COMPLETE'));
  expect(rows.map((row) => row.number)).toEqual(rows.map((_, i) => i + 1));
}, 120_000);
