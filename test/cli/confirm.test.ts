import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { frontOf } from '../../src/search/frontOf.js';
import { accuraciesOf, accuracyOf, spreadOf } from '../../src/store/accuracies.js';
import type { Metrics } from '../../src/store/types.js';
import { openStore } from '../../src/store/openStore.js';
import { runProcess, start } from './process.js';
import { pause } from './startedTrial.js';
import { storeQuickTeacher } from './quickTeacher.js';
import { writeStripes } from './stripes.js';

let root: string;
let data: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'confirm-'));
  data = writeStripes(join(root, 'stripes'));
  for (const name of ['straight', 'halted']) storeQuickTeacher(join(root, name, 'teachers'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const words = (results: string, ...more: string[]) => [
  ...['--results', join(root, results), 'search', '--data', data, '--space', 'minimal', '--teacher', 'quick'],
  ...['--budget', '20KB', '--trials', '6', '--epochs', '1', '--workers', '2', '--deterministic', '--no-report'],
  ...['--study', 'repeated', ...more],
];
const trialsOf = (results: string) => {
  const store = openStore(join(root, results, 'nas-distill.db'), { readonly: true });
  const trials = store.study('repeated') === undefined ? [] : store.trials('repeated');
  store.close();
  return trials;
};
const found = z.object({
  front: z.array(z.object({ trial: z.number(), meanAccuracy: z.number(), repeats: z.array(z.unknown()) })),
});

it('repeats the front and the baseline with seeds of their own until the front of the means stands', async () => {
  const ended = await runProcess(words('straight', '--confirm', '8', '--json'), 90_000);
  expect(ended.code).toBe(0);
  expect(ended.stderr).toContain('confirming the front, 8 runs each');
  const trials = trialsOf('straight');
  const front = frontOf(trials, 'bytes');
  expect(front.length).toBeGreaterThan(0);
  const baseline = trials.filter(({ origin, state }) => origin === 'baseline' && state === 'COMPLETE');
  for (const trial of [...front, ...baseline]) expect(trial.repeats, `trial ${trial.number}`).toHaveLength(7);
  // Runs differ: the seeds do.
  expect(front.some((trial) => new Set(trial.repeats.map((run) => run.loss)).size > 1)).toBe(true);
  const told = found.parse(JSON.parse(ended.stdout)).front;
  expect(told.map(({ trial, meanAccuracy }) => [trial, meanAccuracy])).toEqual(
    front.map((trial) => [trial.number, accuracyOf(trial)]),
  );

  // Interrupted while it confirms (more runs than are wanted in the end, so that it is not done too soon), it goes on
  // with what is missing and ends the same.
  const running = start(words('halted', '--confirm', '20'), 60_000);
  // Not "confirming the front": on a quick machine that line comes when half of it is over.
  await running.said('engine onnx');
  while (trialsOf('halted').every(({ repeats }) => repeats.length === 0)) await pause(10);
  running.kill('SIGINT');
  expect((await running.ended).code).toBe(130);
  const before = trialsOf('halted').reduce((sum, { repeats }) => sum + repeats.length, 0);
  const after = await runProcess(words('halted', '--confirm', '8', '--resume', 'repeated'), 90_000);
  expect(after.code).toBe(0);
  expect(after.stdout).toContain('worst to best run');
  const halted = trialsOf('halted');
  for (const { number, repeats } of trials) {
    if (repeats.length > 0) expect(halted[number - 1].repeats.slice(0, 7), `trial ${number}`).toEqual(repeats);
  }
  expect(before).toBeLessThanOrEqual(halted.reduce((sum, { repeats }) => sum + repeats.length, 0));
}, 150_000);

it('a mean leaves out runs that failed, and one run has no spread', () => {
  const failed: Metrics = {};
  const trial = { metrics: { accuracy: 0.5 }, repeats: [{ accuracy: 0.7 }, failed] };
  expect(accuraciesOf(trial)).toEqual([0.5, 0.7]);
  expect(accuracyOf(trial)).toBeCloseTo(0.6, 12);
  expect(spreadOf(trial)).toEqual({ least: 0.5, most: 0.7, deviation: expect.closeTo(0.1414213562, 9) as number });
  expect(spreadOf({ metrics: { accuracy: 0.5 }, repeats: [failed] })).toBeUndefined();
});
