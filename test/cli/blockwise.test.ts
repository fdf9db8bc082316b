import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { storeQuickTeacher } from './quickTeacher.js';
import { runProcess } from './process.js';
import { runHere } from './runHere.js';
import { writeStripes } from './stripes.js';

let root: string;
let words: string[];
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'blockwise-'));
  const data = writeStripes(join(root, 'stripes'), 500);
  storeQuickTeacher(join(root, 'results', 'teachers'));
  words = ['--results', join(root, 'results'), 'blockwise', '--space', 'minimal', '--data', data, '--teacher', 'quick'];
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const document = z.object({
  stages: z.array(z.object({ stage: z.string(), tap: z.string(), taught: z.number(), best: z.number() })),
  taughtNow: z.number(),
  searchSeconds: z.number(),
  best: z.array(z.object({ score: z.number(), costs: z.object({ bytes: z.number() }) })),
});

it('teaches the blocks of a space once; another budget then takes seconds', async () => {
  const teach = [...words, '--blocks', '4', '--steps', '10', '--images', '320', '--json'];
  const first = await runHere([...teach, '--budget', '4KB']);
  expect(first.stderr).not.toContain('Error');
  expect(first.code).toBe(0);
  const taught = document.parse(JSON.parse(first.stdout));
  expect(taught.stages.map(({ stage, tap }) => [stage, tap])).toEqual([
    ['stage1', 'block3'],
    ['stage2', 'embedding'],
  ]);
  expect(taught.taughtNow).toBe(8);
  const again = document.parse(JSON.parse((await runHere([...teach, '--budget', '2KB'])).stdout));
  expect(again.taughtNow).toBe(0);
  expect(again.searchSeconds).toBeLessThan(30);
  for (const { costs } of again.best) expect(costs.bytes).toBeLessThanOrEqual(2000);
  expect(again.stages).toEqual(taught.stages);
}, 120_000);

it.each([
  [['--budget', '10B'], 3, 'no architecture'],
  [['--space', 'text-cnn'], 2, 'is for texts'],
])(
  '%s is refused',
  async (more, code, text) => {
    const said = await runHere([...words, ...more]);
    expect(said.code).toBe(code);
    expect(said.stderr).toContain(text);
  },
  60_000,
);

it('search --proxy blockwise teaches the blocks, judges its scores by the first students and says what it found', async () => {
  const file = join(root, 'study.yaml');
  writeFileSync(file, 'proxyOptions: { startup: 4, candidates: 4 }\nbaselineWidths: [1]\n');
  const given = ['search', '--proxy', 'blockwise', '--trials', '7', '--epochs', '1', '--workers', '1', '--no-report'];
  const said = await runProcess([...words.slice(0, 2), ...given, ...words.slice(3), '--study-file', file], 100_000);
  expect(said.stderr).toMatch(/proxy blockwise: (on|off), its tau over \d students is/);
  expect(said.code).toBe(0);
  const texts = await runHere([
    ...words.slice(0, 2),
    ...given,
    ...words.slice(5),
    '--space',
    'text-cnn',
    '--study',
    'x',
  ]);
  expect(texts.code).toBe(2);
}, 120_000);
