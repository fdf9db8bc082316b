// Step time of the compiled engine: `npx tsc -p tsconfig.build.json`, then `node --experimental-strip-types bench/onnxStep.ts`.
import type { HostTensor, StepFunction, Tensors } from '../dist/engines/Engine.js';
import { createOnnxEngine } from '../dist/engines/onnx/createOnnxEngine.js';
import * as tf from '../dist/engines/tf.js';

const batch = 64;
let seed = 1;
const random = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647 - 0.5;
const tensor = (shape: number[], scale: number): HostTensor => ({
  shape,
  dtype: 'float32',
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => scale * random()),
});

/** Three convolutions (32, 64, 128) with ReLU and max pooling, with or without batch norm; dense head; Adam. */
function step(norm: boolean, names: string[]): StepFunction {
  const loss = (p: Tensors, x: tf.Tensor, y: tf.Tensor): tf.Scalar => {
    let h = x as tf.Tensor4D;
    for (const i of [1, 2, 3]) {
      h = tf.add(tf.conv2d(h, p[`w${i}`] as tf.Tensor4D, 1, 'same'), p[`b${i}`]) as tf.Tensor4D;
      if (norm) {
        const { mean, variance } = tf.moments(h, [0, 1, 2]);
        h = tf.batchNorm(
          h,
          mean as tf.Tensor1D,
          variance as tf.Tensor1D,
          p[`b${i}`] as tf.Tensor1D,
          p[`g${i}`] as tf.Tensor1D,
        ) as tf.Tensor4D;
      }
      h = tf.maxPool(tf.relu(h), 2, 2, 'same');
    }
    const logits = tf.matMul(tf.reshape(h, [batch, -1]), p.out as tf.Tensor2D);
    return tf.neg(tf.mean(tf.sum(tf.mul(tf.oneHot(y as tf.Tensor1D, 10), tf.logSoftmax(logits)), -1))) as tf.Scalar;
  };
  return (state, feeds) => {
    const params = names.map((n) => state[n]);
    const { value, grads } = tf.valueAndGrads((...list: tf.Tensor[]) =>
      loss(Object.fromEntries(names.map((n, i) => [n, list[i]])), feeds.x, feeds.y),
    )(params);
    const next: Tensors = {};
    names.forEach((n, i) => {
      const m = tf.add(tf.mul(state[`m/${n}`], 0.9), tf.mul(grads[i], 0.1));
      const v = tf.add(tf.mul(state[`v/${n}`], 0.999), tf.mul(tf.square(grads[i]), 0.001));
      next[`m/${n}`] = m;
      next[`v/${n}`] = v;
      next[n] = tf.sub(params[i], tf.mul(tf.div(m, tf.add(tf.sqrt(v), 1e-7)), 0.001));
    });
    return { state: next, outputs: { loss: value } };
  };
}

const engine = await createOnnxEngine({ threads: 1 });
for (const norm of [false, true]) {
  const widths = [3, 32, 64, 128];
  const params: Record<string, HostTensor> = { out: tensor([4 * 4 * 128, 10], 0.05) };
  for (const i of [1, 2, 3]) {
    params[`w${i}`] = tensor([3, 3, widths[i - 1], widths[i]], 2 / Math.sqrt(9 * widths[i - 1]));
    params[`b${i}`] = tensor([widths[i]], 0.1);
    if (norm) params[`g${i}`] = { shape: [widths[i]], dtype: 'float32', data: new Float32Array(widths[i]).fill(1) };
  }
  const values = { ...params };
  for (const [n, p] of Object.entries(params)) {
    for (const kind of ['m', 'v']) values[`${kind}/${n}`] = { ...p, data: new Float32Array(p.data.length) };
  }
  const feeds = {
    x: tensor([batch, 32, 32, 3], 2),
    y: { shape: [batch], dtype: 'int32', data: Int32Array.from({ length: batch }, (_, i) => i % 10) } as HostTensor,
  };
  const begin = performance.now();
  const compiled = await engine.compile(step(norm, Object.keys(params)), values, feeds);
  const compileMs = performance.now() - begin;
  const state = engine.createState(values);
  const times: number[] = [];
  let loss = 0;
  for (let i = 0; i < 30; i++) {
    const t = performance.now();
    loss = (await compiled.run(state, feeds)).loss.data[0];
    times.push(performance.now() - t);
  }
  times.sort((a, b) => a - b);
  console.log(
    `${norm ? 'with' : 'without'} batch norm: compile ${compileMs.toFixed(0)} ms, step median ${times[15].toFixed(1)} ms, ` +
      `best ${times[0].toFixed(1)} ms, loss ${loss.toFixed(3)}`,
  );
  compiled.dispose();
  state.dispose();
}
engine.close();
