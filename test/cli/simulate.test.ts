import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smallTable, widerTable } from '../search/simulateTables.js';
import { runHere } from './runHere.js';

const spread = z.object({ mean: z.number(), min: z.number(), max: z.number() });
const result = z.object({
  sampler: z.string(),
  architectures: z.number(),
  budgets: z.array(z.string()),
  reference: z.record(z.string(), z.number()),
  hypervolumeRatio: spread,
  best: spread.extend({ objective: z.string(), possible: z.number() }),
  curve: z.array(z.object({ trials: z.number(), ratio: z.number() })),
  pruned: spread,
  askMs: spread,
});

let root: string;
const at = (name: string) => join(root, name);
const write = (name: string, table: unknown) => writeFileSync(at(name), JSON.stringify(table));

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'simulate-'));
  write('wider.json', widerTable());
  write('rungs.json', widerTable(9));
  write('small.json', smallTable());
  const holed = smallTable();
  holed.rows.pop();
  write('holed.json', holed);
  const nan = smallTable();
  nan.rows[3].accuracy = null;
  write('nan.json', nan);
  writeFileSync(at('broken.json'), '{"parameters": ');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('simulate', () => {
  it('prints one JSON document with ratios over seeds', async () => {
    const words = ['simulate', '--table', at('wider.json'), '--trials', '40', '--seeds', '3', '--json'];
    const said = await runHere([...words, '--budget', 'params<=120', '--workers', '2', '--reference', 'accuracy=60']);
    expect(said).toMatchObject({ code: 0, stderr: '' });
    const found = result.parse(JSON.parse(said.stdout));
    expect(found).toMatchObject({ sampler: 'auto', architectures: 729, budgets: ['params<=120'] });
    expect(found.reference.accuracy).toBe(60);
    expect(found.hypervolumeRatio.mean).toBeGreaterThan(0.95);
    expect(found.hypervolumeRatio.min).toBeLessThanOrEqual(found.hypervolumeRatio.mean);
    expect(found.hypervolumeRatio.max).toBeLessThanOrEqual(1);
    expect(found.best.objective).toBe('accuracy');
    expect(found.best.max).toBeLessThanOrEqual(found.best.possible);
    expect(found.curve.map((c) => c.trials)).toEqual([4, 8, 12, 16, 20, 24, 28, 32, 36, 40]);
  });

  it('runs pruners against rungs', async () => {
    const words = ['simulate', '--table', at('rungs.json'), '--trials', '40', '--seeds', '2', '--sampler', 'random'];
    const said = await runHere([...words, '--pruner', 'moasha', '--pruner-options', '{"reduction": 2}', '--json']);
    expect(said.code).toBe(0);
    expect(result.parse(JSON.parse(said.stdout)).pruned.min).toBeGreaterThan(5);
    const text = await runHere([...words, '--pruner', 'median']);
    expect(text.stdout).toMatch(/hypervolume ratio +0\.\d{4} \(0\.\d{4} to 0\.\d{4}\)/);
    expect(text.stdout).toMatch(/pruner +median: .* pruned/);
  });

  it.each<[string, string[], number, RegExp]>([
    ['a table that is not there', ['--table', 'nowhere.json'], 6, /table nowhere.json does not exist/],
    ['a table that is no JSON', ['--table', 'broken.json'], 6, /is no JSON/],
    ['a missing row', ['--table', 'holed.json'], 6, /1 of 9 architectures have no row/],
    ['an objective that is no number', ['--table', 'nan.json'], 6, /row 4.accuracy: expected a finite number/],
    [
      'a budget nothing meets',
      ['--table', 'small.json', '--budget', 'params<=9'],
      3,
      /no row .* params<=9[^]*params<=100/,
    ],
    ['budgets that exclude each other', ['--table', 'small.json', '--budget', 'params<=150,latency<=8'], 3, /together/],
    ['a budget that is none', ['--table', 'small.json', '--budget', 'tiny'], 2, /budget 'tiny'/],
    ['a budget against the objective', ['--table', 'small.json', '--budget', 'params>=9'], 2, /contradicts/],
    ['an unknown sampler', ['--table', 'small.json', '--sampler', 'genius'], 2, /unknown sampler "genius"[^]*nsga2/],
    ['an unknown pruner', ['--table', 'rungs.json', '--pruner', 'axe'], 2, /unknown pruner "axe"[^]*moasha/],
    ['a pruner without rungs', ['--table', 'small.json', '--pruner', 'asha'], 2, /no rungs/],
    ['options that are no JSON', ['--table', 'small.json', '--sampler-options', 'x'], 2, /--sampler-options/],
    [
      'an option that the sampler lacks',
      ['--table', 'small.json', '--sampler-options', '{"x": 1}'],
      2,
      /sampler.auto.*"x"/,
    ],
    [
      'an option that the pruner lacks',
      ['--table', 'rungs.json', '--pruner', 'asha', '--pruner-options', '{"x": 1}'],
      2,
      /pruner.asha.*"x"/,
    ],
    [
      'a reference that nothing beats',
      ['--table', 'small.json', '--reference', 'accuracy=99'],
      2,
      /better than the reference/,
    ],
    ['no seeds', ['--table', 'small.json', '--seeds', '0'], 2, /whole number of 1 or more/],
  ])('%s ends with a line and its code', async (_, words, code, message) => {
    const said = await runHere([
      'simulate',
      ...words.map((w) => (w.endsWith('.json') && w !== 'nowhere.json' ? at(w) : w)),
    ]);
    expect(said.code).toBe(code);
    expect(said.stderr).toMatch(message);
    expect(said.stderr).not.toMatch(/\n +at /);
  });
});
