import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { front, front2d } from '../../../src/core/pareto.js';
import { createRng } from '../../../src/core/rng.js';
import { frontSvg } from '../../../src/reports/pictures/frontSvg.js';
import { pictureStudy, type PictureStudy } from '../../../src/reports/pictures/PictureStudy.js';
import { toPng } from '../../../src/reports/pictures/toPng.js';
import { costOf, frontOf } from '../../../src/reports/pictures/values.js';
import { accuracyOf } from '../../../src/store/accuracies.js';
import { openStore } from '../../../src/store/openStore.js';
import { writeStudy } from '../../dashboard/writeStudy.js';
import { syntheticStudy } from '../syntheticStudy.js';

let dir: string;
let study: PictureStudy;
const hostile = '</title><script>alert("1")</script> & 🐙 \u0007';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'pictures-'));
  const path = join(dir, 'nas-distill.db');
  writeStudy(path, syntheticStudy({ trials: 30, name: hostile }));
  const store = openStore(path, { readonly: true });
  study = pictureStudy(store, store.studies()[0]);
  store.close();
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const options = { cost: 'bytes', width: 900, height: 600 } as const;

describe('frontSvg', () => {
  it('draws every student of the front, and more', () => {
    const svg = frontSvg([study], options);
    const placed = frontOf(study.trials, 'bytes');
    expect(placed.length).toBeGreaterThan(2);
    for (const trial of placed) expect(svg).toContain(`<title>trial ${trial.number}</title>`);
    expect(svg).toContain('budget 1MB');
    expect(svg).toContain('uniformly scaled baseline');
    expect(svg).toContain('teacher');
  });

  it('is well-formed whatever the study is called, and fetches and runs nothing', async () => {
    const svg = frontSvg([study, { ...study, name: '"other"' }], { ...options, cost: 'macs' });
    expect(svg).not.toMatch(/<script|href|url\(|\u0007/);
    expect(svg).toContain('&lt;/title&gt;&lt;script&gt;');
    expect(svg).toContain('🐙');
    // librsvg refuses XML that is not well-formed.
    expect(await sharp(Buffer.from(svg)).metadata()).toMatchObject({ width: 900, height: 600 });
  });

  it('puts students where their numbers say: further right is dearer, higher is more accurate', () => {
    const placed = frontOf(study.trials, 'params');
    const svg = frontSvg([study], { ...options, cost: 'params' });
    const at = placed.map(({ number }) => {
      const [, x, y] = new RegExp(`d="M([\\d.]+),([\\d.]+)[^"]*"[^>]*><title>trial ${number}<`).exec(svg) ?? [];
      return [Number(x), Number(y)];
    });
    const sorted = (values: number[]) => [...values].sort((a, b) => a - b);
    expect(at.map(([x]) => x)).toEqual(sorted(at.map(([x]) => x)));
    expect(at.map(([, y]) => -y)).toEqual(sorted(at.map(([, y]) => -y)));
  });

  it('becomes a PNG of the asked size', async () => {
    const { width, height, format } = await sharp(await toPng(frontSvg([study], options), 2)).metadata();
    expect({ width, height, format }).toEqual({ width: 1800, height: 1200, format: 'png' });
  });
});

describe('frontOf of a picture', () => {
  it('is the front by its definition', () => {
    const students = study.trials.filter(({ origin }) => origin !== 'baseline');
    const byDefinition = front(students.map((trial) => [costOf(trial, 'bytes'), -accuracyOf(trial)]));
    const numbers = frontOf(study.trials, 'bytes').map(({ number }) => number);
    expect(new Set(numbers)).toEqual(new Set(byDefinition.map((i) => students[i].number)));
  });

  it('front2d agrees with front on random points with ties', () => {
    const rng = createRng('front2d');
    for (let round = 0; round < 50; round++) {
      const points = Array.from({ length: 30 }, () => [Math.floor(rng.uniform() * 9), Math.floor(rng.uniform() * 9)]);
      const pairs = points as [number, number][];
      const key = (i: number) => points[i].join();
      expect(new Set(front2d(pairs).map(key))).toEqual(new Set(front(points).map(key)));
    }
    expect(front2d([[NaN, 1]])).toEqual([]);
  });
});
