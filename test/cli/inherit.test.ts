import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openStore } from '../../src/store/openStore.js';
import type { Trial } from '../../src/store/types.js';
import { runProcess } from './process.js';
import { storeQuickTeacher } from './quickTeacher.js';
import { writeStripes } from './stripes.js';

let root: string;
let results: string;
let file: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'inherit-'));
  results = join(root, 'results');
  file = join(root, 'study.yaml');
  const data = writeStripes(join(root, 'stripes'));
  writeFileSync(
    file,
    `data: ${data}\nspace: minimal\nteacher: quick\nsampler: random\nepochs: 2\nbaselineWidths: [1]\n`,
  );
  storeQuickTeacher(join(results, 'teachers'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const search = (study: string, trials: number, ...words: string[]) =>
  runProcess(
    [
      '--results',
      results,
      'search',
      '--study-file',
      file,
      '--study',
      study,
      '--trials',
      String(trials),
      '--no-report',
    ].concat(['--deterministic', '--workers', '2', '--inherit', '--json'], words),
    90_000,
  );
function trialsOf(study: string): Trial[] {
  const store = openStore(join(results, 'nas-distill.db'), { readonly: true });
  try {
    return store.trials(study);
  } finally {
    store.close();
  }
}
const learnt = (trials: readonly Trial[]) =>
  trials.map(({ number, architectureId, metrics }) => ({ number, architectureId, metrics }));

describe('search --inherit', () => {
  it('says what each candidate inherited; what was stopped goes on as if it had not been', async () => {
    const ended = await search('whole', 8);
    expect(ended.stderr).not.toContain('Error');
    expect(ended.code).toBe(0);
    const trials = trialsOf('whole');
    const [baseline, ...students] = trials;
    expect(baseline.metrics).not.toHaveProperty('inherited_from');
    const heirs = students.filter(({ metrics }) => 'inherited_from' in metrics);
    expect(heirs.length).toBeGreaterThanOrEqual(5);
    for (const { number, metrics } of heirs) {
      const parent = trials.find((trial) => trial.number === metrics.inherited_from);
      expect(parent?.number).toBeLessThan(number);
      expect(parent?.origin).toBe('search');
      expect(metrics.inherited_epochs).toBe(2 + (parent?.metrics.inherited_epochs ?? 0));
      expect(metrics.inherited_share).toBeGreaterThan(0);
    }
    const kept = readdirSync(join(results, 'weights', 'whole')).filter((name) => name.endsWith('.weights'));
    expect(kept).toHaveLength(8);
    // Every fourth trial that inherited was trained from scratch, too.
    const both = trials.filter(({ metrics }) => 'scratch_accuracy' in metrics).map(({ number }) => number);
    expect(both).toEqual(heirs.map(({ number }) => number).filter((number) => number % 4 === 0));
    expect(both.length).toBeGreaterThan(0);
    const verdict = z.object({ inheritance: z.object({ pairs: z.number(), beats: z.null() }) });
    expect(verdict.parse(JSON.parse(ended.stdout)).inheritance.pairs).toBe(both.length);
    const shown = await runProcess(['--results', results, 'inheritance', 'whole']);
    expect(shown.stdout).toContain(`${heirs.length} candidates inherited`);
    expect(shown.stdout).toMatch(/accuracy after inheriting │ the same trained from scratch │ +2 │/);
    expect(shown.stdout).toContain('inheritance: not judged yet');

    expect((await search('parts', 5)).code).toBe(0);
    expect((await search('parts', 8)).code).toBe(0);
    expect(learnt(trialsOf('parts'))).toEqual(learnt(trials));
  }, 180_000);

  it('is off in confirming runs: they train from scratch with seeds of their own', async () => {
    const ended = await search('confirmed', 6, '--confirm', '2');
    expect(ended.code, ended.stderr).toBe(0);
    const repeated = trialsOf('confirmed').filter(({ repeats }) => repeats.length > 0);
    const heirs = repeated.filter(({ metrics }) => 'inherited_from' in metrics);
    expect(heirs.length).toBeGreaterThan(0);
    for (const { repeats } of repeated) {
      expect(Object.keys(repeats[0]).filter((name) => name.startsWith('inherited'))).toEqual([]);
      expect(repeats[0].accuracy).toBeGreaterThan(0);
    }
    // The same architecture, as confirmed, from scratch and from its relative: other runs, other numbers.
    for (const { repeats, metrics } of heirs) expect(repeats[0].loss).not.toBe(metrics.loss);
  }, 120_000);

  it('is another study than one without, and its weights go when it is deleted', async () => {
    const without = ['--results', results, 'search', '--study-file', file, '--study', 'whole', '--trials', '8'];
    const ended = await runProcess([...without, '--deterministic', '--workers', '2', '--no-report']);
    expect(ended.code).toBe(5);
    expect(ended.stderr).toContain('inherit is true, asked for is false');
    expect((await runProcess(['--results', results, 'delete', 'whole', '--yes'])).code).toBe(0);
    expect(existsSync(join(results, 'weights', 'whole'))).toBe(false);
  }, 60_000);
});
