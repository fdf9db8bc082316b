import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { randomFeeds } from '../../src/distillation/randomFeeds.js';
import { createRng } from '../../src/core/rng.js';
import { createTrainingStep } from '../../src/distillation/trainingStep.js';
import type { StepFunction } from '../../src/engines/Engine.js';
import { findBlock } from '../../src/engines/onnx/blocked/findBlock.js';
import { layerTimes } from '../../src/engines/onnx/layerTimes.js';
import { lowerStep } from '../../src/engines/onnx/lowerStep.js';
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
  expect(layers).toEqual([...layers].sort((a, b) => b.share - a.share));
  for (const layer of ['heavy', 'pool', 'logits', '(loss)']) {
    const found = layers.find((one) => one.layer === layer);
    expect(found?.forward_ms, layer).toBeGreaterThan(0);
    expect(found?.backward_ms, layer).toBeGreaterThan(0);
  }
  expect(layers.find(({ layer }) => layer === '(optimiser)')?.backward_ms).toBe(0);
  const sum = layers.reduce((total, { forward_ms, backward_ms }) => total + forward_ms + backward_ms, 0);
  expect(sum).toBeCloseTo(operators_ms, 6);

  // Counted, as times depend on what else the machine does: every product belongs to the layer whose weights it is with,
  // and so does the sum of a bias's gradient, which is a product with ones.
  const { onnx } = lowerStep(training.step, training.state, training.feeds, await findBlock());
  const products = onnx.nodes.filter(({ op }) => /Conv|Gemm|MatMul/.test(op));
  const of = (layer: string, pass: string) =>
    products.filter(({ origin }) => origin?.layer === layer && origin.pass === pass).length;
  expect([of('heavy', 'forward'), of('logits', 'forward'), of('logits', 'backward')]).toEqual([1, 1, 3]);
  // Of the filter, tap by tap or row by row; the image needs no gradient.
  expect(of('heavy', 'backward')).toBeGreaterThanOrEqual(1);
  expect(products).toHaveLength(5 + of('heavy', 'backward'));
});

it('times are added up by layer and pass, dearest layer first', () => {
  const node = (layer: string, pass: 'forward' | 'backward', ms: number) => ({ origin: { layer, pass }, ms });
  const times = layerTimes([
    ...[node('cheap', 'forward', 1), node('dear', 'forward', 2), node('dear', 'backward', 3)],
    ...[node('cheap', 'forward', 0.5), node('dear', 'backward', 1.5)],
  ]);
  expect(times).toEqual([
    { layer: 'dear', forward_ms: 2, backward_ms: 4.5, share: 6.5 / 8 },
    { layer: 'cheap', forward_ms: 1.5, backward_ms: 0, share: 1.5 / 8 },
  ]);
});

it('what the engine cannot run is named', async () => {
  const wrong: StepFunction = (_state, { x }) => ({ outputs: { y: tf.lowerBound(x, x) } });
  await expect(profileStep(wrong, {}, feeds, { threads: 1 })).rejects.toThrow(
    'operator SearchSorted has no lowering to ONNX',
  );
});
