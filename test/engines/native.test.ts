import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crossEntropy } from '../../src/distillation/losses/ce.js';
import type { Engine, HostTensor, HostTensors, Tensors } from '../../src/engines/Engine.js';
import { tensorflow } from '../../src/engines/native/TensorflowBackend.js';
import { engines, openEngine } from '../../src/engines/registry.js';
import * as tf from '../../src/engines/tf.js';
import { normaliseBatch } from '../../src/models/layers/normaliseBatch.js';
import { drawing, expectAgreement, imageWithTies, poolWindows, valuesAndGradients } from './againstReference.js';
import { runOnce } from './contract.js';
import { openReferenceEngine } from './referenceEngine.js';
import { stepInWorker, stepped, steppingProgram } from './stepInWorker.js';

const probe = await engines.native.probe();
if (!probe.available) it.skip(`engine native: ${probe.reason}; get it with: ${probe.install}`);

describe.runIf(probe.available)('engine native', () => {
  let native: Engine;
  let reference: Engine;
  beforeAll(async () => {
    native = await openEngine('native', { threads: 1 });
    reference = await openReferenceEngine();
  });
  afterAll(() => native?.close());

  /** Value, other outputs and gradients of sum(y * cos) on the native engine and on the reference, which has no fused ops. */
  function agree(
    inputs: HostTensors,
    f: (inputs: Tensors) => { y: tf.Tensor; others?: Tensors },
    tolerance = 2e-4,
  ): Promise<void> {
    const compute = (given: Tensors) => {
      const { y, others } = f(given);
      return { y, ...others };
    };
    const step = valuesAndGradients(Object.keys(inputs), compute, ['y']);
    return expectAgreement({ engine: native, reference }, step, inputs, tolerance);
  }

  const draw = drawing('native');

  it.each([[[4, 5, 3, 6]], [[7, 6]], [[4, 5, 6]], [[1, 1, 1, 6]]])(
    'batch norm over %j by one operator: value, mean, biased variance, three gradients',
    async (shape) => {
      const inputs = { x: draw('x', ...shape), gamma: draw('gamma', 6), beta: draw('beta', 6) };
      const given = tensorflow().executeMultipleOutputs.bind(tensorflow());
      let fused = 0;
      tensorflow().executeMultipleOutputs = (name, ...rest) => {
        if (name.startsWith('NasDistillBatchNorm')) fused++;
        return given(name, ...rest);
      };
      await agree(inputs, ({ x, gamma, beta }) => {
        const { output, mean, variance } = normaliseBatch(x, gamma, beta, 1e-3);
        return { y: output, others: { mean, variance } };
      });
      tensorflow().executeMultipleOutputs = given;
      // Forward, forward again for the gradient, and the gradient.
      expect(fused).toBe(3);
    },
  );

  it('cross entropy by one operator: value, gradients by logits and by targets', async () => {
    const weights = Array.from(draw('targets', 5, 4).data, Math.exp);
    const total = (row: number) => weights.slice(4 * row, 4 * row + 4).reduce((sum, weight) => sum + weight, 0);
    const targets = Float32Array.from(weights, (weight, i) => weight / total(Math.floor(i / 4)));
    await agree(
      { logits: draw('logits', 5, 4), targets: { shape: [5, 4], dtype: 'float32', data: targets } },
      ({ logits, targets: rows }) => ({ y: crossEntropy(logits, rows) }),
    );
  });

  it('ReLU and ReLU6 are flat at their kinks, as everywhere', async () => {
    const x: HostTensor = { shape: [7], dtype: 'float32', data: Float32Array.of(-1, 0, 1e-6, 3, 5.99, 6, 7) };
    await agree({ x }, (inputs) => ({ y: tf.relu(inputs.x) }));
    await agree({ x }, (inputs) => ({ y: tf.relu6(inputs.x) }));
  });

  it.each(poolWindows)(
    'max pooling %i, stride %i, %s: of equal maxima the first takes the gradient',
    async (size, stride, pad) => {
      const x = imageWithTies(draw('x', 3, 7, 8, 19));
      await agree({ x }, (inputs) => ({ y: tf.maxPool(inputs.x as tf.Tensor4D, size, stride, pad) }));
    },
  );

  it('values belong to whoever gave or read them: writing to the array changes no tensor', async () => {
    const w = Float32Array.of(1, 2, 3);
    const state = native.createState({ w: { shape: [3], dtype: 'float32', data: w } });
    w.fill(9);
    const read = (await state.read()).w.data;
    expect([...read]).toEqual([1, 2, 3]);
    read.fill(8);
    const step = await native.compile((s) => ({ outputs: { y: tf.mul(s.w, 2) } }), state.specs, {});
    expect([...(await step.run(state, {})).y.data]).toEqual([2, 4, 6]);
    state.dispose();
  });

  it('takes feeds that lie over shared memory', async () => {
    const data = new Float32Array(new SharedArrayBuffer(16), 4, 3);
    data.set([1, 2, 3]);
    const { y } = await runOnce(native, (_, { x }) => ({ outputs: { y: tf.add(x, 1) } }), {
      x: { shape: [3], dtype: 'float32', data },
    });
    expect([...y.data]).toEqual([2, 3, 4]);
  });

  it('a thousand steps leave no tensor behind in TensorFlow', async () => {
    const state = native.createState({ w: draw('w', 8, 8) });
    const step = await native.compile(
      (s, { x }) => {
        const [g] = tf.grads((w) => tf.mean(tf.square(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D))))([s.w]);
        return { state: { w: tf.sub(s.w, tf.mul(g, 0.01)) }, outputs: { norm: tf.norm(g) } };
      },
      state.specs,
      { x: { shape: [4, 8], dtype: 'float32' } },
    );
    const count = () => tensorflow().binding.getNumOfTensors();
    await step.run(state, { x: draw('x', 4, 8) });
    const before = count();
    for (let i = 0; i < 1000; i++) await step.run(state, { x: draw('x', 4, 8) });
    expect(count()).toBe(before);
    state.dispose();
  });

  it('runs in two worker threads at once, and in others after those have ended', async () => {
    if (!existsSync('dist/engines/registry.js')) throw new Error('build first: npm run build');
    const run = () => stepInWorker('native');
    expect(await Promise.all([run(), run()])).toEqual([stepped, stepped]);
    expect(await run()).toEqual(stepped);
  });

  it('runs in one worker thread after the other, where nobody else holds TensorFlow', async () => {
    const program = `
      import { Worker } from 'node:worker_threads';
      const answers = [];
      for (let i = 0; i < 3; i++) {
        const worker = new Worker(new URL(${JSON.stringify(steppingProgram('native'))}));
        await new Promise((resolve) => worker.on('message', (value) => answers.push(value)).on('exit', resolve));
      }
      console.log(JSON.stringify(answers));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
    expect(JSON.parse(stdout)).toEqual([stepped, stepped, stepped]);
  });
});
