import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kendallTau } from '../../src/core/kendallTau.js';
import { proxies } from '../../src/proxies/registry.js';
import { openStore } from '../../src/store/openStore.js';
import { runProcess } from './process.js';
import { storeQuickTeacher } from './quickTeacher.js';
import { runHere } from './runHere.js';
import { writeStripes } from './stripes.js';

let root: string;
let results: string;
let data: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'proxies-'));
  results = join(root, 'results');
  data = writeStripes(join(root, 'stripes'));
  storeQuickTeacher(join(results, 'teachers'));
  const ended = await search('plain', '--trials', '8');
  expect(ended.code).toBe(0);
}, 120_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

const search = (study: string, ...words: string[]) =>
  runProcess(
    ['--results', results, 'search', '--data', data, '--space', 'minimal', '--teacher', 'quick', '--no-report'].concat(
      ['--study', study, '--epochs', '1', '--workers', '1', '--sampler', 'random', '--json'],
      words,
    ),
    90_000,
  );

const document = z.object({
  study: z.string(),
  students: z.number(),
  ranking: z.array(z.object({ name: z.string(), tau: z.number().nullable(), beats: z.boolean().nullable() })),
  scores: z.array(z.object({ trial: z.number(), accuracy: z.number(), scores: z.record(z.string(), z.number()) })),
});

describe('proxies', () => {
  it('ranks the students of a study by every proxy, MACs and parameters', async () => {
    const said = await runHere(['--results', results, 'proxies', 'plain', '--json']);
    expect(said.code).toBe(0);
    const found = document.parse(JSON.parse(said.stdout));
    expect(found).toMatchObject({ study: 'plain', students: 8 });
    expect(found.ranking.map(({ name }) => name)).toEqual(['macs', 'params', ...Object.keys(proxies)]);
    const store = openStore(join(results, 'nas-distill.db'), { readonly: true });
    const trials = store.trials('plain').filter(({ origin }) => origin === 'search');
    store.close();
    const accuracies = trials.map(({ metrics }) => metrics.accuracy);
    const macs = kendallTau(trials.map(({ costs }) => costs.macs), accuracies); // prettier-ignore
    expect(found.ranking[0].tau).toBeCloseTo(macs, 12);
    const synflow = kendallTau(found.scores.map(({ scores }) => scores.synflow), accuracies); // prettier-ignore
    expect(found.ranking[2].tau).toBeCloseTo(synflow, 12);
  });

  it('shows a table, and says what follows', async () => {
    const said = await runHere(['--results', results, 'proxies', '--proxy', 'naswot', '--students', '6']);
    expect(said.stdout).toContain('of 6 students');
    expect(said.stdout).toMatch(/Better than MACs and parameters: naswot|No proxy ranks these students better/);
  });

  it.each([
    [['proxies', '--proxy', 'naswott'], 2, 'Did you mean naswot?'],
    [['proxies', 'nothing'], 2, "there is no study 'nothing'"],
    [['search', '--proxy', 'synflwo', '--data', 'nowhere', '--study', 'bad'], 2, 'no proxy "synflwo"'],
  ])('%s', async (words, code, text) => {
    const given = words.map((word) => (word === 'nowhere' ? data : word));
    const said = await runHere(['--results', results, ...given]);
    expect(said.code).toBe(code);
    expect(said.stderr).toContain(text);
  });

  it('inside a search: judged after the first students; a resumed study trains what an unbroken one does', async () => {
    const guided = (study: string, trials: number) =>
      search(study, '--proxy', 'naswot', '--trials', String(trials), '--study-file', file);
    const { writeFileSync } = await import('node:fs');
    const file = join(root, 'study.yaml');
    writeFileSync(file, 'proxyOptions: { startup: 4, candidates: 6 }\nbaselineWidths: [1]\n');
    const whole = await guided('whole', 9);
    expect(whole.code).toBe(0);
    expect(whole.stderr).toMatch(/proxy naswot: (on|off), its tau over \d students/);
    expect((await guided('parts', 6)).code).toBe(0);
    expect((await guided('parts', 9)).code).toBe(0);
    const store = openStore(join(results, 'nas-distill.db'), { readonly: true });
    const ids = ['whole', 'parts'].map((study) => store.trials(study).map((trial) => trial.architectureId));
    store.close();
    expect(ids[1]).toEqual(ids[0]);
    expect(new Set(ids[0]).size).toBe(ids[0].length);
  }, 120_000);
});
