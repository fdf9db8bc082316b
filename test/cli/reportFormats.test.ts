import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/openStore.js';
import { writeStudy } from '../dashboard/writeStudy.js';
import { syntheticStudy } from '../reports/syntheticStudy.js';
import { runProcess } from './process.js';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'formats-'));
  for (const [i, name] of ['one', 'two'].entries()) {
    writeStudy(join(dir, 'nas-distill.db'), syntheticStudy({ trials: 12 + i, seed: i, name }));
  }
  const store = openStore(join(dir, 'nas-distill.db'));
  store.createStudy({ name: 'empty', settings: {}, facts: {} });
  store.close();
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const report = (...words: string[]) => runProcess(['--results', dir, 'report', ...words]);

describe('report --format, as a real process', () => {
  it('writes pictures of one study and of several', async () => {
    const [png, svg] = [join(dir, 'a.png'), join(dir, 'b.svg')];
    expect(await report('one', '--format', 'png', '-o', png)).toMatchObject({ code: 0 });
    expect(await sharp(png).metadata()).toMatchObject({ format: 'png', width: 2000, height: 1280 });
    expect(await report('one', 'two', '--format', 'svg', '--cost', 'macs', '-o', svg)).toMatchObject({ code: 0 });
    const drawn = readFileSync(svg, 'utf8');
    expect(drawn).toContain('front of one');
    expect(drawn).toContain('front of two');
    expect(drawn).toMatch(/MMACs|KMACs/);
  });

  it('writes the trials of several studies as one table and as one document', async () => {
    const [csv, json] = [join(dir, 'c.csv'), join(dir, 'd.json')];
    expect(await report('one', 'two', '--format', 'csv', '-o', csv)).toMatchObject({ code: 0 });
    expect(await report('one', 'two', '--format', 'json', '-o', json)).toMatchObject({ code: 0 });
    const rows = parse(readFileSync(csv), { columns: true }) as Record<string, string>[];
    const store = openStore(join(dir, 'nas-distill.db'), { readonly: true });
    const trials = ['one', 'two'].flatMap((study) => store.trials(study).map((trial) => ({ study, trial })));
    store.close();
    expect(rows.map(({ study, trial, bytes, accuracy }) => [study, Number(trial), Number(bytes), accuracy])).toEqual(
      trials.map(({ study, trial }) => [study, trial.number, trial.costs.bytes, `${trial.metrics.accuracy ?? ''}`]),
    );
    const document = JSON.parse(readFileSync(json, 'utf8')) as { studies: { study: { name: string } }[] };
    expect(document.studies.map(({ study }) => study.name)).toEqual(['one', 'two']);
  });

  it.each([
    ['a study that does not exist', ['three', '--format', 'svg'], "no study 'three'", 'nas-distill studies'],
    ['a study without a complete trial', ['empty', '--format', 'png'], 'no trial is complete yet', 'status'],
    ['a cost that does not exist', ['one', '--format', 'svg', '--cost', 'joules'], "no cost 'joules'", 'Use bytes'],
    ['a cost that was not counted', ['one', '--format', 'svg', '--cost', 'latency'], 'has the cost latency', 'bytes'],
    ['a format that does not exist', ['one', '--format', 'gif'], "'gif' is invalid", 'html, png, svg, csv, json'],
  ])('%s is one clear line', async (_, words, message, hint) => {
    const { code, stderr } = await report(...words);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
  });
});
