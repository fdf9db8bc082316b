import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import type { StepFunction } from '../../src/engines/Engine.js';
import { profileStep } from '../../src/engines/onnx/profileStep.js';
import * as tf from '../../src/engines/tf.js';
import { normal, seeded } from './onnxHelpers.js';

const rng = seeded('profile');
const state = { w: normal(rng, [40, 30]) };
const feeds = { x: normal(rng, [20, 40]) };
/** Two products of different shapes and one sum. */
const step: StepFunction = ({ w }, { x }) => {
  const y = tf.matMul(x, w);
  return { state: { w: tf.sub(w, tf.matMul(x, y, true, false)) }, outputs: { total: tf.sum(y) } };
};
const profiles = () => readdirSync(tmpdir()).filter((name) => name.startsWith('nas-distill-profile-'));

it('a step is shown by operator and by shapes, and nothing is left on the disk', async () => {
  const before = profiles();
  const profile = await profileStep(step, state, feeds, { threads: 1, steps: 5 });
  expect(profile.operators.find((o) => o.operator === 'Gemm')?.count).toBe(2);
  expect(profile.operators.find((o) => o.operator === 'ReduceSum')?.count).toBe(1);
  const shapes = profile.shapes.filter((o) => o.operator === 'Gemm').map((o) => o.shapes);
  expect(shapes.sort()).toEqual(['20x40 20x30 -> 40x30', '20x40 40x30 -> 20x30']);
  for (const list of [profile.operators, profile.shapes]) {
    expect(list.reduce((sum, o) => sum + o.share, 0)).toBeCloseTo(1, 6);
    expect(list.reduce((sum, o) => sum + o.ms, 0)).toBeCloseTo(profile.operators_ms, 6);
    expect(list.reduce((sum, o) => sum + o.count, 0)).toBe(profile.nodes);
    expect(list.every((o, i) => i === 0 || o.ms <= list[i - 1].ms)).toBe(true);
  }
  expect(profiles()).toEqual(before);
});

it('what the engine cannot run is named', async () => {
  const wrong: StepFunction = (_state, { x }) => ({ outputs: { y: tf.lowerBound(x, x) } });
  await expect(profileStep(wrong, {}, feeds, { threads: 1 })).rejects.toThrow(
    'operator SearchSorted has no lowering to ONNX',
  );
});
