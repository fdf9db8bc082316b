import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import type { HostTensors } from '../../src/engines/Engine.js';
import { readWeights, trimWeights, weightFile, writeWeights } from '../../src/inheritance/weightFiles.js';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'weights-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const rng = createRng('weights');
const values: HostTensors = {
  'b/kernel': { shape: [3, 5], dtype: 'float32', data: Float32Array.from({ length: 15 }, () => rng.normal()) },
  'a/bias': { shape: [3], dtype: 'float32', data: Float32Array.of(1, -2, 1e9) },
};

it('come back to half precision, in half of the bytes', () => {
  writeWeights(weightFile(dir, 1), values);
  const back = readWeights(weightFile(dir, 1));
  expect(Object.keys(back).sort()).toEqual(['a/bias', 'b/kernel']);
  expect([...back['a/bias'].data]).toEqual([1, -2, 65504]);
  expect(back['b/kernel'].shape).toEqual([3, 5]);
  back['b/kernel'].data.forEach((v, i) => {
    const was = values['b/kernel'].data[i];
    expect(Math.abs(v - was)).toBeLessThanOrEqual(Math.abs(was) * 2 ** -11 + 2 ** -25);
  });
  writeWeights(weightFile(dir, 2), back);
  expect(readWeights(weightFile(dir, 2))).toEqual(back);
  expect(readdirSync(dir).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

it('are refused when damaged, cut short, foreign or missing', () => {
  const file = weightFile(dir, 3);
  const damages = [
    () => appendFileSync(file, 'xx'),
    () => truncateSync(file, statSync(file).size - 2),
    () => writeFileSync(file, 'no weights at all'),
    () => rmSync(file),
  ];
  for (const damage of damages) {
    writeWeights(file, values);
    damage();
    expect(() => readWeights(file)).toThrow(/weights .*trial-3/);
  }
});

it('keep to their limit: the oldest go first, needed ones stay', () => {
  const own = join(dir, 'limit');
  for (const trial of [10, 2, 7, 3]) writeWeights(weightFile(own, trial), values);
  const { size } = statSync(weightFile(own, 2));
  expect(trimWeights(own, 4 * size, new Set())).toEqual([]);
  expect(trimWeights(own, 2 * size, new Set([2]))).toEqual([3, 7]);
  expect(readdirSync(own).sort()).toEqual(['trial-10.weights', 'trial-2.weights']);
  expect(trimWeights(join(dir, 'none'), 1, new Set())).toEqual([]);
});
