import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, HostTensor } from '../../src/engines/Engine.js';
import * as tf from '../../src/engines/tf.js';
import { createWasmEngine } from '../../src/engines/wasm/createWasmEngine.js';

const f32 = (shape: number[], values: number[]): HostTensor => ({
  shape,
  dtype: 'float32',
  data: Float32Array.from(values),
});

describe('wasm engine', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createWasmEngine({ threads: 1 });
  });
  afterAll(() => engine.close());

  it('tells what it is', () => {
    expect(engine.info).toEqual({ name: 'wasm', version: '@tensorflow/tfjs-backend-wasm 4.22.0', threads: 1 });
  });

  it('keeps state from step to step and frees everything else', async () => {
    const before = tf.memory().numTensors;
    const state = engine.createState({ total: f32([2], [0, 0]), fixed: f32([], [3]) });
    const step = await engine.compile(
      ({ total, fixed }, { x }) => {
        const next = tf.add(total, tf.mul(x, fixed));
        // The same tensor twice, and an input handed through.
        return { state: { total: next, fixed }, outputs: { next, again: next, x } };
      },
      state.specs,
      { x: { shape: [2], dtype: 'float32' } },
    );
    await step.run(state, { x: f32([2], [1, 2]) });
    const out = await step.run(state, { x: f32([2], [1, 2]) });
    expect([...out.next.data]).toEqual([6, 12]);
    expect([...out.again.data]).toEqual([6, 12]);
    expect([...out.x.data]).toEqual([1, 2]);
    expect([...(await state.read(['total'])).total.data]).toEqual([6, 12]);
    state.write({ total: f32([2], [5, 5]) });
    expect([...(await state.read()).total.data]).toEqual([5, 5]);
    expect(tf.memory().numTensors).toBe(before + 2);
    state.dispose();
    expect(tf.memory().numTensors).toBe(before);
    await expect(step.run(state, { x: f32([2], [1, 2]) })).rejects.toThrow('after dispose');
  });

  it('multiplies the same data in two shapes as two matrices', async () => {
    // tfjs's own kernel takes the packed [2, 6] for the [4, 3] as well, and writes beyond the result.
    const values = Array.from({ length: 12 }, (_, i) => i + 1);
    const step = await engine.compile(
      (_, { x }) => ({
        outputs: {
          wide: tf.matMul(tf.ones([1, 2]), tf.reshape(x, [2, 6])),
          tall: tf.matMul(tf.ones([1, 4]), tf.reshape(x, [4, 3])),
          again: tf.matMul(tf.ones([1, 2]), tf.reshape(x, [2, 6])),
          turned: tf.matMul(tf.ones([6, 1]), tf.reshape(x, [6, 2]), true),
          column: tf.matMul(tf.ones([1, 12]), tf.reshape(x, [1, 12]), false, true),
        },
      }),
      {},
      { x: { shape: [12], dtype: 'float32' } },
    );
    const out = await step.run(engine.createState({}), { x: f32([12], values) });
    expect([...out.wide.data]).toEqual([8, 10, 12, 14, 16, 18]);
    expect([...out.tall.data]).toEqual([22, 26, 30]);
    expect([...out.again.data]).toEqual([...out.wide.data]);
    expect([...out.turned.data]).toEqual([36, 42]);
    expect([...out.column.data]).toEqual([78]);
  });

  it('reads feeds that lie over shared memory', async () => {
    const data = new Float32Array(new SharedArrayBuffer(8));
    data.set([1, 2]);
    const state = engine.createState({});
    const step = await engine.compile(
      (_, { x }) => ({ outputs: { y: tf.square(x) } }),
      {},
      { x: { shape: [2], dtype: 'float32' } },
    );
    const out = await step.run(state, { x: { shape: [2], dtype: 'float32', data } });
    expect([...out.y.data]).toEqual([1, 4]);
  });

  it('refuses wrong feeds and wrong state by name', async () => {
    const state = engine.createState({ w: f32([1], [1]) });
    const step = await engine.compile(({ w }, { x }) => ({ state: { w: x }, outputs: { w } }), state.specs, {
      x: { shape: [2], dtype: 'float32' },
    });
    await expect(step.run(state, {})).rejects.toThrow("feeds: 'x' is missing");
    await expect(step.run(state, { x: f32([3], [1, 2, 3]) })).rejects.toThrow("'x' is float32[3], expected float32[2]");
    await expect(step.run(state, { x: f32([2], [1, 2]) })).rejects.toThrow(
      "state 'w' as float32[2], expected float32[1]",
    );
    state.dispose();
  });

  it('names an operator that it lacks, and frees what was computed before', async () => {
    const before = tf.memory().numTensors;
    const state = engine.createState({});
    const step = await engine.compile(
      (_, { x }) => ({ outputs: { y: tf.einsum('i,i->', tf.square(x), x) } }),
      {},
      { x: { shape: [2], dtype: 'float32' } },
    );
    const failing = step.run(state, { x: f32([2], [1, 2]) });
    await expect(failing).rejects.toMatchObject({
      code: 'ENGINE_UNSUPPORTED',
      message: 'engine wasm has no operator Einsum',
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('leaves no handlers of its loader on the process', () => {
    for (const event of ['uncaughtException', 'unhandledRejection']) {
      for (const listener of process.rawListeners(event)) expect(String(listener)).not.toContain('ExitStatus');
    }
  });
});
