import { expect, it } from 'vitest';
import type { Tensors } from '../../src/engines/Engine.js';
import { createOnnxEngine } from '../../src/engines/onnx/createOnnxEngine.js';
import * as tf from '../../src/engines/tf.js';
import { ints, normal, runOnEngine, seeded, specsOf } from './onnxHelpers.js';

const x = normal(seeded('engine'), [2, 3]);

it('names the operator that it cannot lower, and puts the former backend back', async () => {
  await tf.setBackend('cpu');
  const engine = await createOnnxEngine({ threads: 1 });
  const before = tf.memory().numTensors;
  const step = (_: Tensors, f: Tensors) => ({
    outputs: { y: tf.tensorScatterUpdate(f.x, tf.tensor([[0]], [1, 1], 'int32'), tf.zeros([1, 3])) },
  });
  await expect(engine.compile(step, {}, specsOf({ x }))).rejects.toMatchObject({
    code: 'ENGINE_UNSUPPORTED',
    message: expect.stringContaining('TensorScatterUpdate'),
  });
  expect(tf.getBackend()).toBe('cpu');
  expect(tf.memory().numTensors).toBe(before);
  engine.close();
});

it('refuses a step that reads values, allows reading constants', async () => {
  const engine = await createOnnxEngine({ threads: 1 });
  const reads = (_: Tensors, f: Tensors) => ({ outputs: { y: tf.scalar(f.x.dataSync()[0]) } });
  await expect(engine.compile(reads, {}, specsOf({ x }))).rejects.toMatchObject({ code: 'ENGINE_UNSUPPORTED' });
  const constant = (_: Tensors, f: Tensors) => ({ outputs: { y: tf.mul(f.x, tf.tensor([1, 2, 3]).dataSync()[1]) } });
  const { outputs } = await runOnEngine(engine, constant, {}, { x });
  expect(outputs.y.data[1]).toBe(2 * x.data[1]);
  engine.close();
});

it('uses tensors of another backend as constants without taking them away', async () => {
  await tf.setBackend('cpu');
  const engine = await createOnnxEngine({ threads: 1 });
  const outside = tf.tensor([1, 2, 3]);
  const { outputs } = await runOnEngine(engine, (_, f) => ({ outputs: { y: tf.mul(f.x, outside) } }), {}, { x });
  expect(outputs.y.data[2]).toBe(Math.fround(3 * x.data[2]));
  expect(Array.from(outside.dataSync())).toEqual([1, 2, 3]);
  outside.dispose();
  engine.close();
});

it('checks feeds and state, and use after disposal', async () => {
  const engine = await createOnnxEngine({ threads: 1 });
  const step = await engine.compile(
    (s, f) => ({ state: { w: tf.add(s.w, 1) }, outputs: { y: tf.add(s.w, f.x) } }),
    specsOf({ w: x }),
    specsOf({ x }),
  );
  const state = engine.createState({ w: x });
  await expect(step.run(state, {})).rejects.toThrow(/"x" is missing/);
  await expect(step.run(state, { x: ints([2, 3], [1, 2, 3, 4, 5, 6]) })).rejects.toThrow(/float32 \[2,3\]/);
  await step.run(state, { x });
  expect((await state.read()).w.data[0]).toBe(Math.fround(x.data[0] + 1));
  state.write({ w: x });
  expect((await state.read(['w'])).w.data).toEqual(x.data);
  expect(() => state.write({ v: x })).toThrow(/"v"/);
  state.dispose();
  await expect(step.run(state, { x })).rejects.toThrow(/disposed/);
  step.dispose();
  await expect(step.run(state, { x })).rejects.toThrow(/disposed/);
  engine.close();
});

it('keeps memory flat over 1,000 graphs', async () => {
  const engine = await createOnnxEngine({ threads: 1 });
  const tensors = tf.memory().numTensors;
  const once = async (i: number): Promise<void> => {
    await runOnEngine(engine, (_, f) => ({ outputs: { y: tf.matMul(tf.add(f.x, i), tf.ones([3, 4])) } }), {}, { x });
  };
  for (let i = 0; i < 200; i++) await once(i);
  const start = process.memoryUsage().rss;
  for (let i = 0; i < 800; i++) await once(200 + i);
  expect(process.memoryUsage().rss - start).toBeLessThan(60e6);
  expect(tf.memory().numTensors).toBe(tensors);
  engine.close();
});

it('trains without garbage: the new state is written where the one before the last was', async () => {
  const engine = await createOnnxEngine({ threads: 1 });
  const size = 1 << 18;
  const w = { shape: [size], dtype: 'float32' as const, data: new Float32Array(size) };
  const state = engine.createState({ w });
  const step = await engine.compile((s) => ({ state: { w: tf.add(s.w, 1) }, outputs: {} }), specsOf({ w }), {});
  await step.run(state, {});
  const kept = await state.read();
  const before = process.memoryUsage().arrayBuffers;
  const steps = 200;
  let most = 0;
  for (let i = 0; i < steps; i++) {
    await step.run(state, {});
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  // V8 lets 32 MB gather before it collects a thing.
  expect(most).toBeLessThan(8 * w.data.byteLength);
  expect((await state.read()).w.data.every((v) => v === steps + 1)).toBe(true);
  expect(kept.w.data.every((v) => v === 1)).toBe(true);
  engine.close();
});
