import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeStudy } from '../dashboard/writeStudy.js';
import { syntheticStudy } from '../reports/syntheticStudy.js';
import { runProcess } from './process.js';
import { storeQuickTeacher } from './quickTeacher.js';

const report = z.object({
  healthy: z.boolean(),
  findings: z.array(z.object({ state: z.string(), what: z.string(), found: z.string(), hint: z.string().optional() })),
});
let results: string;
let database: string;

beforeAll(() => {
  results = mkdtempSync(join(tmpdir(), 'doctor-'));
  database = join(results, 'nas-distill.db');
  writeStudy(database, syntheticStudy({ trials: 4, name: 'sound' }));
  storeQuickTeacher(join(results, 'teachers'));
});
afterAll(() => rmSync(results, { recursive: true, force: true }));

async function examine(dir = results) {
  const ended = await runProcess(['--results', dir, 'doctor', '--json']);
  return { code: ended.code, ...report.parse(JSON.parse(ended.stdout)) };
}

describe('doctor, as a real process', () => {
  it('finds a sound installation sound, in lines that people can read', async () => {
    const { code, healthy, findings } = await examine();
    expect([code, healthy]).toEqual([0, true]);
    const of = (what: string) => findings.find((finding) => finding.what === what);
    expect(of('engine onnx')).toMatchObject({
      state: 'ok',
      found: expect.stringContaining('trains as the reference does'),
    });
    expect(of('engine wasm')).toMatchObject({ state: 'ok' });
    // A note on a busy machine; with one core there is nothing to time.
    expect(of('workers')?.state).not.toBe('fault');
    expect(of('workers')?.found).toMatch(
      /1 worker x 1 thread(: there is one core|: \d+\.\d steps\/s, .*best is \d+ workers? x)/,
    );
    expect(of('studies')).toMatchObject({ state: 'ok', found: expect.stringContaining('database whole') });
    expect(of('teachers')).toMatchObject({ state: 'ok', found: 'quick: whole' });
    const ended = await runProcess(['--results', results, 'doctor']);
    expect(ended.stdout).toMatch(/^ok {5}node {2,}\d/);
    expect(ended.stdout).toContain('Nothing is wrong.');
  });

  it('names changed weights, a damaged database and a place that cannot be written, each with a way on', async () => {
    const weights = join(results, 'teachers', 'quick', 'weights.bin');
    const [right, wrong] = [readFileSync(weights), readFileSync(weights)];
    wrong[0] ^= 1;
    writeFileSync(weights, wrong);
    const changed = await examine();
    writeFileSync(weights, right);
    expect([changed.code, changed.healthy]).toEqual([1, false]);
    expect(changed.findings.filter(({ state }) => state === 'fault')).toEqual([
      {
        state: 'fault',
        what: 'teachers',
        found: expect.stringContaining('its content has changed') as unknown,
        hint: 'Train or import it again.',
      },
    ]);

    const whole = readFileSync(database);
    const broken = Buffer.from(whole);
    // Everything but the header page: SQLite opens it and finds its trees broken.
    broken.fill(0x5a, 4096);
    writeFileSync(database, broken);
    const damaged = await examine();
    writeFileSync(database, whole);
    expect(damaged.code).toBe(1);
    expect(damaged.findings.find(({ what }) => what === 'studies')).toMatchObject({ state: 'fault' });

    const nowhere = await examine('/proc/none');
    expect(nowhere.findings.find(({ what }) => what === 'results')).toMatchObject({
      state: 'fault',
      found: expect.stringContaining('/proc'),
      hint: expect.stringContaining('--results DIR'),
    });
  });
});
