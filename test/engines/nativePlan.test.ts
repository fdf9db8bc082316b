import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, HostTensor } from '../../src/engines/Engine.js';
import { planOf } from '../../src/engines/native/planOf.js';
import { tensorflow } from '../../src/engines/native/TensorflowBackend.js';
import { engines, openEngine } from '../../src/engines/registry.js';
import * as tf from '../../src/engines/tf.js';

const operator = (name: string, inputs: number[], outputs: number[]) => ({ name, attributes: [], inputs, outputs });

describe('the plan of a recorded list', () => {
  it('gives every tensor a place and releases it after its last reader', () => {
    // 10, 11 are inputs, 50 is a constant.
    const plan = planOf([10, 11], [operator('A', [10, 50], [20]), operator('B', [20, 11], [21]), operator('C', [20, 21], [22])], [22]); // prettier-ignore
    expect(plan).toMatchObject({ places: 6, inputs: 2, constants: [50], outputs: [5] });
    expect(plan.operators.map(({ inputs, outputs }) => [inputs, outputs])).toEqual([
      [[0, 2], [3]],
      [[3, 1], [4]],
      [[3, 4], [5]],
    ]);
    expect(plan.operators.map(({ released }) => [...released].sort())).toEqual([[], [], [3, 4]]);
  });

  it('leaves out what nothing needs; a result that nobody reads is released at once', () => {
    const plan = planOf([1], [operator('A', [1], [2, 3]), operator('B', [1], [4])], [2]);
    expect(plan.operators.map(({ name }) => name)).toEqual(['A']);
    expect(plan.operators[0].released).toEqual([2]);
  });

  it('makes equal calls once, and calls that are equal because of it', () => {
    const list = [operator('A', [1], [2]), operator('A', [1], [3]), operator('B', [2], [4]), operator('B', [3], [5])];
    const plan = planOf([1], list, [4, 5]);
    expect(plan.operators.map(({ name }) => name)).toEqual(['A', 'B']);
    expect(plan.outputs).toEqual([2, 2]);
  });

  it('an input and a constant may come back', () => {
    expect(planOf([1, 2], [], [2, 7, 2])).toMatchObject({ operators: [], places: 3, constants: [7], outputs: [1, 2, 1] }); // prettier-ignore
  });
});

const probe = await engines.native.probe();
if (!probe.available) it.skip(`engine native: ${probe.reason}; get it with: ${probe.install}`);

describe.runIf(probe.available)('a step that engine native recorded', () => {
  let engine: Engine;
  beforeAll(async () => (engine = await openEngine('native', { threads: 1 })));
  afterAll(() => engine?.close());
  const vector = (...values: number[]): HostTensor => ({
    shape: [values.length],
    dtype: 'float32',
    data: Float32Array.from(values),
  });
  const spec = { shape: [2], dtype: 'float32' } as const;
  const tensors = () => tensorflow().binding.getNumOfTensors();

  it('is called once, when it is compiled, and its state goes from run to run', async () => {
    const before = tensors();
    let calls = 0;
    const state = engine.createState({ a: vector(1, 2), b: vector(5, 6) });
    const step = await engine.compile(
      ({ a, b }, { x }) => {
        calls++;
        return { state: { a: tf.add(a, x), b: a }, outputs: { sum: tf.add(tf.add(a, b), tf.tensor1d([100, 200])) } };
      },
      state.specs,
      { x: spec },
    );
    const sums: number[][] = [];
    for (let i = 0; i < 3; i++) sums.push([...(await step.run(state, { x: vector(1, 10) })).sum.data]);
    expect(calls).toBe(1);
    expect(sums).toEqual([[106, 208], [103, 214], [105, 234]]); // prettier-ignore
    expect([...(await state.read()).a.data]).toEqual([4, 32]);
    expect([...(await state.read()).b.data]).toEqual([3, 22]);
    step.dispose();
    state.dispose();
    expect(tensors()).toBe(before);
  });

  it('returns inputs, constants, one value twice, truth values and integers', async () => {
    const before = tensors();
    const state = engine.createState({ a: vector(1, 2) });
    const step = await engine.compile(
      ({ a }, { n }) => {
        const twice = tf.mul(a, 2);
        const outputs = { a, twice, again: twice, fixed: tf.tensor1d([7]), ones: tf.ones([2]), large: tf.greater(a, 1), n }; // prettier-ignore
        return { state: { a }, outputs };
      },
      state.specs,
      { n: { shape: [1], dtype: 'int32' } },
    );
    for (const n of [3, 4]) {
      const feeds = { n: { shape: [1], dtype: 'int32', data: Int32Array.of(n) } as const };
      const values = Object.entries(await step.run(state, feeds)).map(([name, { data }]) => [name, [...data]]);
      expect(Object.fromEntries(values)).toEqual({
        a: [1, 2],
        twice: [2, 4],
        again: [2, 4],
        fixed: [7],
        ones: [1, 1],
        large: [0, 1],
        n: [n],
      });
    }
    step.dispose();
    state.dispose();
    expect(tensors()).toBe(before);
  });

  it('keeps a tensor from outside that is disposed later', async () => {
    const outside = tf.tensor1d([3, 4]);
    const step = await engine.compile((_, { x }) => ({ outputs: { y: tf.mul(x, outside) } }), {}, { x: spec });
    outside.dispose();
    const state = engine.createState({});
    expect([...(await step.run(state, { x: vector(2, 2) })).y.data]).toEqual([6, 8]);
    step.dispose();
  });

  it('must not read values that a step computes: an error when it is compiled, and nothing is left behind', async () => {
    const before = tensors();
    const reading = engine.compile(
      (_, { x }) => ({ outputs: { y: tf.mul(x, tf.mul(x, 2).dataSync()[0]) } }),
      {},
      { x: spec },
    );
    await expect(reading).rejects.toMatchObject({ code: 'ENGINE_UNSUPPORTED' });
    await expect(reading).rejects.toThrow(/was read .* inside a recorded step/);
    expect(tensors()).toBe(before);
    // And the next one is recorded as if nothing had been.
    const step = await engine.compile((_, { x }) => ({ outputs: { y: tf.mul(x, 3) } }), {}, { x: spec });
    expect([...(await step.run(engine.createState({}), { x: vector(1, 2) })).y.data]).toEqual([3, 6]);
    step.dispose();
  });

  it('an operator that fails while it runs is an error, the state stays, and nothing is left behind', async () => {
    const state = engine.createState({ table: vector(1, 2) });
    const step = await engine.compile(
      ({ table }, { at }) => ({ state: { table: tf.mul(table, 2) }, outputs: { y: tf.gather(tf.mul(table, 1), at) } }),
      state.specs,
      { at: { shape: [1], dtype: 'int32' } },
    );
    const at = (i: number) => ({ at: { shape: [1], dtype: 'int32', data: Int32Array.of(i) } as const });
    await step.run(state, at(1));
    const before = tensors();
    await expect(step.run(state, at(9))).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
    expect(tensors()).toBe(before);
    expect([...(await step.run(state, at(1))).y.data]).toEqual([4]);
    step.dispose();
    await expect(step.run(state, at(1))).rejects.toThrow(/after it was disposed/);
    state.dispose();
  });
});
