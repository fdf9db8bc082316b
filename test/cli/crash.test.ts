import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { openStore } from '../../src/store/openStore.js';
import { startedTrial } from './startedTrial.js';
import { runProcess } from './process.js';
import { storeQuickTeacher } from './quickTeacher.js';
import { writeStripes } from './stripes.js';

const abortOnce = fileURLToPath(new URL('abortOnce.cjs', import.meta.url));
let root: string;
let data: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'crash-'));
  data = writeStripes(join(root, 'stripes'));
  for (const name of ['calm', 'crash', 'stop']) storeQuickTeacher(join(root, name, 'teachers'));
});
afterAll(() => {
  delete process.env.NODE_OPTIONS;
  delete process.env.ABORTED_FILE;
  rmSync(root, { recursive: true, force: true });
});

const bin = fileURLToPath(new URL('../../bin/nas-distill.mjs', import.meta.url));
const words = (results: string) => [
  ...['--results', join(root, results), '--json', 'search', '--data', data, '--space', 'minimal', '--teacher', 'quick'],
  ...['--trials', '4', '--epochs', '2', '--workers', '2', '--deterministic', '--no-report', '--study', 'crash'],
];
const result = z.object({ digest: z.string(), counts: z.record(z.string(), z.number()) });

it('a worker that aborts the whole process costs the study nothing but time', async () => {
  const calm = await runProcess(words('calm'), 120_000);
  expect(calm.code).toBe(0);
  process.env.NODE_OPTIONS = `--require ${abortOnce}`;
  process.env.ABORTED_FILE = join(root, 'aborted');
  const crashed = await runProcess(words('crash'), 120_000);
  expect(existsSync(join(root, 'aborted'))).toBe(true);
  expect(crashed.code).toBe(0);
  expect(crashed.stderr).toMatch(/trial \d+ runs again: its process died \(SIGABRT/);
  expect(result.parse(JSON.parse(crashed.stdout))).toEqual(result.parse(JSON.parse(calm.stdout)));
  const store = openStore(join(root, 'crash', 'nas-distill.db'), { readonly: true });
  const trials = store.trials('crash');
  store.close();
  expect(trials.map(({ state }) => state)).toEqual(trials.map(() => 'COMPLETE'));
  expect(trials.some(({ deaths }) => deaths === 1)).toBe(true);
}, 250_000);

it('Ctrl-C, which reaches every process of the terminal, stops the search cleanly and leaves no process behind', async () => {
  const since = Date.now();
  const child = spawn(process.execPath, [bin, ...words('stop'), '--trials', '400'], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const group = -(child.pid ?? expect.fail('it did not start'));
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise((resolve) => child.on('close', resolve));
  await startedTrial(join(root, 'stop', 'nas-distill.db'), since, 3);
  process.kill(group, 'SIGINT');
  const code = await ended;
  expect(said).toContain('search --resume crash');
  expect(said).not.toContain('runs again');
  expect(code).toBe(130);
  expect(() => process.kill(group, 0)).toThrow('ESRCH');
}, 120_000);
