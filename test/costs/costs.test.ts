import { describe, expect, test } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { countMacs } from '../../src/costs/macs.js';
import { peakMemory } from '../../src/costs/memory.js';
import { countParams } from '../../src/costs/params.js';
import { costNames, weightFormats } from '../../src/costs/CostModel.js';
import { costModels, estimateCosts, formatCost } from '../../src/costs/registry.js';
import { describe as blocksOf } from '../../src/models/describe.js';
import type { ModelSpec, NodeSpec } from '../../src/models/ModelSpec.js';
import { initialise } from '../../src/models/parameters.js';
import { scaleWidth } from '../../src/models/scaleWidth.js';
import { referenceTeachers } from '../../src/models/teachers/registry.js';
import { teacherSizes } from '../../src/models/teachers/ReferenceTeacher.js';

const model = (input: number[], logits: string, ...nodes: NodeSpec[]): ModelSpec => ({
  input,
  nodes,
  logits,
  taps: {},
});
const flat = (from: string, size: number): NodeSpec => ({ name: 'flat', op: 'reshape', inputs: [from], shape: [size] });

test('a 3x3 convolution, 3 -> 16 on 32x32, by hand', () => {
  const conv = {
    name: 'c',
    op: 'conv2d',
    inputs: ['input'],
    filters: 16,
    kernel: 3,
    stride: 1,
    padding: 'same',
  } as const;
  const same = model([32, 32, 3], 'flat', { ...conv, useBias: true }, flat('c', 16384));
  expect(countParams(same)).toBe(432 + 16);
  expect(countMacs(same)).toBe(442_368); // 32 * 32 * 16 * 3 * 3 * 3
  expect(peakMemory(same)).toBe(4 * (3072 + 16_384));
  expect(estimateCosts(same, 'float32').bytes).toBe(1792);
  expect(estimateCosts(same, 'float16').bytes).toBe(896);
  expect(estimateCosts(same, 'int8').bytes).toBe(432 + 5 + 4 * 16); // 5: the kernel's scale and zero point
  const valid = model([32, 32, 3], 'flat', { ...conv, stride: 2, padding: 'valid', useBias: false }, flat('c', 3600));
  expect(countParams(valid)).toBe(432);
  expect(countMacs(valid)).toBe(97_200); // 15 * 15 * 16 * 27
});

test('a separable convolution with norm, by hand', () => {
  const spec = model(
    [8, 8, 4],
    'pool',
    { name: 'd', op: 'depthwise_conv2d', inputs: ['input'], kernel: 5, stride: 2, padding: 'same', useBias: false },
    { name: 'n', op: 'batch_norm', inputs: ['d'] },
    { name: 'p', op: 'conv2d', inputs: ['n'], filters: 6, kernel: 1, stride: 1, padding: 'same', useBias: false },
    { name: 'pool', op: 'global_avg_pool', inputs: ['p'] },
  );
  expect(countParams(spec)).toBe(100 + 16 + 24);
  expect(countMacs(spec)).toBe(16 * 4 * 25 + 16 * 4 * 6);
  expect(estimateCosts(spec, 'int8').bytes).toBe(100 + 24 + 2 * 5 + 16 * 4);
  // The input (256) and the depthwise output (64) are the most that is alive at once.
  expect(peakMemory(spec)).toBe(4 * 320);
});

test('attention and token layers, by hand', () => {
  const spec = model(
    [5, 8],
    'pick',
    { name: 'cls', op: 'class_token', inputs: ['input'] },
    { name: 'att', op: 'attention', inputs: ['cls'], heads: 2 },
    { name: 'fc', op: 'dense', inputs: ['att'], units: 3, useBias: true },
    { name: 'pick', op: 'take_token', inputs: ['fc'], index: 0 },
  );
  expect(countParams(spec)).toBe(8 + 4 * (64 + 8) + 24 + 3);
  // Projections 4 * 6 * 8 * 8, Q K^T and its product with V 2 * 6 * 6 * 8, dense 6 * 8 * 3.
  expect(countMacs(spec)).toBe(1536 + 576 + 144);
  // In attention: its input 48, its output 48, and Q, K, V 144 with the scores 2 * 36.
  expect(peakMemory(spec)).toBe(4 * (48 + 48 + 144 + 72));
});

test('memory: a skip stays alive until it is added, elementwise layers work in place, a view costs nothing', () => {
  const act = (name: string, from: string): NodeSpec => ({ name, op: 'activation', inputs: [from], function: 'relu' });
  const chain = model([100], 'c', act('a', 'input'), act('b', 'a'), act('c', 'b'));
  expect(peakMemory(chain)).toBe(4 * 200);
  const skip = model([100], 'd', act('a', 'input'), act('b', 'a'), act('c', 'b'), {
    name: 'd',
    op: 'add',
    inputs: ['a', 'c'],
  });
  // a and b side by side; c and d are written over b.
  expect(peakMemory(skip)).toBe(4 * 200);
  const view = model(
    [100],
    'd',
    { name: 'a', op: 'reshape', inputs: ['input'], shape: [10, 10] },
    { name: 'b', op: 'dropout', inputs: ['a'], rate: 0.5 },
    { name: 'd', op: 'reshape', inputs: ['b'], shape: [100] },
  );
  expect(peakMemory(view)).toBe(4 * 100);
});

const images = { input: [32, 32, 3], classes: 10 };
const texts = { input: [32], classes: 10, vocabulary: { size: 500, unknown: 0 } };
const teachers = Object.values(referenceTeachers).flatMap((teacher) =>
  teacherSizes.map((size) => teacher.build(size, 'input' in teacher ? texts : images)),
);

test('the costs agree with the values that initialise makes and with the blocks of describe', () => {
  for (const spec of teachers) {
    const { trainable, statistics } = initialise(spec, createRng(0));
    const values = Object.values({ ...trainable, ...statistics });
    expect(countParams(spec)).toBe(values.reduce((sum, { data }) => sum + data.length, 0));
    expect(estimateCosts(spec, 'float32').bytes).toBe(values.reduce((sum, { data }) => sum + data.byteLength, 0));
    const blocks = blocksOf(spec);
    expect(blocks.reduce((sum, block) => sum + block.params, 0)).toBe(countParams(spec));
    expect(blocks.reduce((sum, block) => sum + block.macs, 0)).toBe(countMacs(spec));
  }
});

test('every cost model is listed under its name and agrees with estimateCosts', () => {
  for (const spec of teachers) {
    for (const weights of weightFormats) {
      const costs = estimateCosts(spec, weights);
      for (const name of costNames) {
        expect(costModels[name].metric).toBe(name);
        expect(costModels[name].estimate(spec, weights)).toBe(costs[name]);
        expect(Number.isSafeInteger(costs[name]) && costs[name] > 0).toBe(true);
      }
      expect(costs.memory).toBeGreaterThanOrEqual(4 * spec.input.reduce((a, b) => a * b, 1));
    }
    const bytes = weightFormats.map((weights) => estimateCosts(spec, weights).bytes);
    expect(bytes[0]).toBe(2 * bytes[1]);
    expect(bytes[2]).toBeLessThan(bytes[1]);
  }
});

test('wider is never cheaper', () => {
  const spec = referenceTeachers.resnet.build('tiny', { input: [32, 32, 3], classes: 10 });
  let before = estimateCosts(scaleWidth(spec, 0.25), 'int8');
  for (const width of [0.5, 0.75, 1, 1.5, 2, 3]) {
    const costs = estimateCosts(scaleWidth(spec, width), 'int8');
    for (const name of costNames) expect(costs[name]).toBeGreaterThan(before[name]);
    before = costs;
  }
});

describe('costing a typical student is cheap', () => {
  const studentOf = (size: 'tiny' | 'small') =>
    referenceTeachers.resnet.build(size, { input: [32, 32, 3], classes: 10 });

  /** Its copy, every look into which is counted. */
  function counted<T>(value: T, looks: { count: number }): T {
    if (typeof value !== 'object' || value === null) return value;
    const copy: object = Array.isArray(value)
      ? value.map((part: unknown) => counted(part, looks))
      : Object.fromEntries(Object.entries(value).map(([key, part]) => [key, counted<unknown>(part, looks)]));
    const get = (target: object, key: PropertyKey): unknown => {
      looks.count++;
      return Reflect.get(target, key);
    };
    return new Proxy(copy, { get }) as T;
  }

  test('each layer is looked at a few times, however deep the model is, and never again for the same model', () => {
    for (const size of ['tiny', 'small'] as const) {
      const looks = { count: 0 };
      const spec = counted(studentOf(size), looks);
      estimateCosts(spec, 'int8');
      // 28 a layer of 30 and of 51; all four costs come from one pass.
      expect(looks.count).toBeLessThan(40 * studentOf(size).nodes.length);
      const before = looks.count;
      estimateCosts(spec, 'float16');
      expect(looks.count).toBe(before);
    }
  });

  test('it takes no more than a few times what writing and reading the model takes', () => {
    const spec = studentOf('small');
    // CPU time, in turns, the best of each: what else the machine does falls on both, or out.
    const microseconds = (work: () => unknown) => {
      const before = process.cpuUsage();
      for (let i = 0; i < 400; i++) work();
      return process.cpuUsage(before).user / 400;
    };
    let [costing, copying] = [Infinity, Infinity];
    for (let i = 0; i < 20; i++) {
      costing = Math.min(
        costing,
        microseconds(() => estimateCosts({ ...spec }, 'int8')),
      );
      copying = Math.min(
        copying,
        microseconds(() => JSON.parse(JSON.stringify(spec))),
      );
    }
    // Measured 1.0 to 1.3 (about 40 us); on a busy machine up to 2.4.
    expect(costing / copying).toBeLessThan(7);
  });
});

test('formats', () => {
  expect(formatCost('bytes', 1_250_000)).toBe('1.25 MB');
  expect(formatCost('params', 1_250_000)).toBe('1.25 M');
  expect(formatCost('macs', 30_000_000)).toBe('30.0 MMACs');
  expect(formatCost('memory', 512)).toBe('512 B');
});
