import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { randomFeeds } from '../../src/benchmarks/benchmarkProgram.js';
import { createRng } from '../../src/core/rng.js';
import { createTrainingStep } from '../../src/distillation/trainingStep.js';
import type { StepFunction } from '../../src/engines/Engine.js';
import { profileStep } from '../../src/engines/onnx/profileStep.js';
import * as tf from '../../src/engines/tf.js';
import { SpecBuilder } from '../../src/models/SpecBuilder.js';
import { ints, normal, seeded } from './onnxHelpers.js';

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

it('a step is shown by layer, forwards and backwards', async () => {
  const b = new SpecBuilder([16, 16, 8]);
  const heavy = b.conv('heavy', 'input', { filters: 64, kernel: 5 });
  const pool = b.node({ name: 'pool', op: 'max_pool', inputs: [heavy], size: 2, stride: 2, padding: 'same' });
  const spec = b.build(b.dense('logits', b.node({ name: 'mean', op: 'global_avg_pool', inputs: [pool] }), 4));
  const training = createTrainingStep({
    spec,
    config: { losses: [{ loss: 'ce', weight: 1 }], labelSmoothing: 0, clipNorm: 1, optimiser: { name: 'adamw' } },
    batch: 16,
    classes: 4,
    imageShape: spec.input,
    teacher: undefined,
    rng: createRng('layers'),
  });
  const feeds = { ...randomFeeds(training.feeds, createRng('feeds')), labels: ints([16], [...Array(16).keys()].map((i) => i % 4)) }; // prettier-ignore
  const { layers, operators_ms } = await profileStep(training.step, training.state, feeds, { threads: 1, steps: 3 });
  const names = ['heavy', 'pool', 'mean', 'logits', '(loss)', '(clipping)', '(optimiser)', '(step)'];
  expect(layers.map(({ layer }) => layer)).toEqual(expect.arrayContaining(names));
  const known = [...names, '(runtime)'];
  expect(layers.filter(({ layer }) => !known.includes(layer))).toEqual([]);
  // Nearly all of the work is the one convolution, and a filter's gradient is as much of it as its use.
  expect(layers[0].layer).toBe('heavy');
  expect(layers[0].forward_ms).toBeGreaterThan(0);
  expect(layers[0].backward_ms).toBeGreaterThan(0.3 * layers[0].forward_ms);
  expect(layers.find(({ layer }) => layer === 'pool')?.backward_ms).toBeGreaterThan(0);
  expect(layers.find(({ layer }) => layer === '(optimiser)')?.backward_ms).toBe(0);
  const sum = layers.reduce((total, { forward_ms, backward_ms }) => total + forward_ms + backward_ms, 0);
  expect(sum).toBeCloseTo(operators_ms, 6);
});

it('what the engine cannot run is named', async () => {
  const wrong: StepFunction = (_state, { x }) => ({ outputs: { y: tf.lowerBound(x, x) } });
  await expect(profileStep(wrong, {}, feeds, { threads: 1 })).rejects.toThrow(
    'operator SearchSorted has no lowering to ONNX',
  );
});
