import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toCsv } from '../../src/cli/csv.js';
import { openStore } from '../../src/store/openStore.js';
import { newTrial } from '../store/fixtures.js';
import { runHere } from './runHere.js';

let results: string;
const run = async (...words: string[]) => {
  const { code, ...written } = await runHere(['--results', results, ...words]);
  return { ...written, status: code };
};

beforeAll(() => {
  results = mkdtempSync(join(tmpdir(), 'studies-'));
  const store = openStore(join(results, 'nas-distill.db'));
  for (const name of ['older', 'newer']) {
    store.createStudy({
      name,
      settings: { trials: 4, workers: 1 },
      facts: { budgets: [{ metric: 'bytes', limit: 1000, text: '1kB' }] },
    });
  }
  // Accuracy and bytes: 1 is beaten by 2, so the front is 2 and 3.
  for (const [i, [accuracy, bytes]] of [
    [0.5, 300],
    [0.6, 200],
    [0.9, 900],
  ].entries()) {
    const costs = { bytes, params: 1, macs: 1, memory: 1 };
    store.createTrial('newer', newTrial(`t${i}`, { costs }));
    store.start('newer', i + 1, 0);
    store.report('newer', i + 1, { epoch: 1, metrics: { accuracy }, elapsedMs: 10 });
    store.finish('newer', i + 1, { state: 'COMPLETE', metrics: { accuracy } });
  }
  store.createTrial('newer', newTrial('bad', { architecture: { choices: { width: '=1+1,"x"' } } }));
  store.start('newer', 4, 0);
  store.finish('newer', 4, { state: 'FAILED', metrics: {}, reason: '-2 is NaN\nline two' });
  store.close();
});
afterAll(() => rmSync(results, { recursive: true, force: true }));

describe('the study commands', () => {
  it('list and sum up, the newest study by default, as one JSON document', async () => {
    const { studies } = JSON.parse((await run('studies', '--json')).stdout);
    expect(studies).toMatchObject([
      { name: 'older', trials: 0, bestAccuracy: null },
      { name: 'newer', trials: 4, complete: 3, bestAccuracy: 0.9, running: false },
    ]);
    expect(JSON.parse((await run('status', '--json')).stdout)).toMatchObject({
      study: 'newer',
      counts: { COMPLETE: 3, FAILED: 1, RUNNING: 0 },
      best: { trial: 3 },
      front: { cost: 'bytes', size: 2 },
      etaMs: null,
    });
    expect((await run('status', 'older')).stdout).toContain('older');
  });

  it('show a trial by number, by study and number, by path', async () => {
    for (const words of [['4'], ['newer', '4'], ['newer/4'], ['4', '--study', 'newer']]) {
      const { status, stdout } = await run('show', ...words);
      expect(status).toBe(0);
      expect(stdout).toContain('FAILED: -2 is NaN line two');
    }
    expect(JSON.parse((await run('show', '3', '--json')).stdout)).toMatchObject({
      study: 'newer',
      number: 3,
      rungs: [{ epoch: 1 }],
    });
    expect(await run('show', '5')).toMatchObject({ status: 2, stderr: expect.stringContaining('no trial 5') });
    expect((await run('show', '../4')).status).toBe(2);
  });

  it('export CSV that a parser reads back and no spreadsheet runs, and JSON', async () => {
    const rows = parse((await run('export')).stdout, { columns: true }) as Record<string, string>[];
    expect(rows.map((row) => row.accuracy)).toEqual(['0.5', '0.6', '0.9', '']);
    expect(rows[3]).toMatchObject({ 'choice.width': `'=1+1,"x"`, reason: "'-2 is NaN\nline two" });
    const file = join(results, 'out', 'trials.json');
    expect((await run('export', '--format', 'json', '-o', file)).status).toBe(0);
    expect(JSON.parse(readFileSync(file, 'utf8')).trials).toHaveLength(4);
    expect((await run('export', '--format', 'xml')).status).toBe(2);
    expect(toCsv([[-1.5, null, true, 'a"b']])).toBe('-1.5,,true,"a""b"');
  });

  it('delete only when told so, and not what is being written', async () => {
    expect(await run('delete', 'older')).toMatchObject({ status: 2, stderr: expect.stringContaining('--yes') });
    const writer = openStore(join(results, 'nas-distill.db'));
    writer.updateFacts('older', {});
    expect(JSON.parse((await run('status', 'older', '--json')).stdout)).toMatchObject({
      running: true,
      pid: process.pid,
    });
    expect(await run('delete', 'older', '--yes')).toMatchObject({
      status: 5,
      stderr: expect.stringContaining('being written'),
    });
    writer.close();
    expect((await run('delete', 'older', '--yes')).status).toBe(0);
    expect(await run('status', 'older')).toMatchObject({ status: 2, stderr: expect.stringContaining('no study') });
    expect(JSON.parse((await run('studies', '--json')).stdout).studies).toHaveLength(1);
  });
});
