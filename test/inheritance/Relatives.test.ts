import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Relatives } from '../../src/inheritance/Relatives.js';
import { writeWeights } from '../../src/inheritance/weightFiles.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'relatives-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const spec = { input: [2], nodes: [], logits: 'x', taps: {} };
function told(relatives: Relatives, trial: number, codes: number[], accuracy = 0.5, stored = true) {
  const values = { w: { shape: [100], dtype: 'float32', data: new Float32Array(100) } } as const;
  if (stored) writeWeights(relatives.file(trial), values);
  relatives.tell({ trial, codes: Float64Array.from(codes), spec, accuracy, epochs: 3 });
}

it('chooses the trial that differs least, then the better one, then the older; never one without weights', () => {
  const relatives = new Relatives(dir, 1e6);
  expect(relatives.nearest(Float64Array.of(1, 0, 0))).toBeUndefined();
  told(relatives, 1, [0, 1, 1], 0.9);
  told(relatives, 2, [1, 0, 1], 0.2);
  told(relatives, 3, [1, 1, 0], 0.4);
  told(relatives, 4, [1, 1, 0], 0.4);
  told(relatives, 5, [1, 0, 0], 0.9, false);
  expect(relatives.nearest(Float64Array.of(1, 0, 0))).toBe(3);
  expect(relatives.nearest(Float64Array.of(0, 1, 1))).toBe(1);
});

it('remembers its choice, and keeps what a candidate needs until that has ended', () => {
  const relatives = new Relatives(dir, 1e6);
  told(relatives, 1, [0, 1]);
  relatives.choose(2, Float64Array.of(0, 0));
  const { size } = statSync(relatives.file(1));
  // Another process, whose limit is two files.
  const again = new Relatives(dir, 2.5 * size);
  told(again, 1, [0, 1]);
  again.hold(2);
  expect(again.require(2)).toMatchObject({ trial: 1, epochs: 3 });
  told(again, 3, [1, 1]);
  told(again, 4, [1, 0]);
  expect([1, 3, 4].map((trial) => existsSync(again.file(trial)))).toEqual([true, false, true]);
  again.release(2);
  told(again, 5, [1, 0]);
  expect(existsSync(again.file(1))).toBe(false);
  expect(() => again.require(2)).toThrow('trial 2 inherits from trial 1, whose weights are gone');
  expect(again.require(9)).toBeUndefined();
});

it('a choice of none replaces an older one; a damaged choice is refused', () => {
  const relatives = new Relatives(dir, 1e6);
  told(relatives, 1, [0]);
  relatives.choose(2, Float64Array.of(0));
  expect(relatives.parentOf(2)).toBe(1);
  new Relatives(dir, 1e6).choose(2, Float64Array.of(0));
  expect(relatives.parentOf(2)).toBeUndefined();
  writeFileSync(join(dir, 'trial-3.parent'), 'who?');
  expect(() => relatives.parentOf(3)).toThrow('is damaged');
});
