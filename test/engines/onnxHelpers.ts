import '@tensorflow/tfjs-backend-cpu';
import type { Engine, HostTensor, HostTensors, StepFunction, Tensors, TensorSpecs } from '../../src/engines/Engine.js';
import * as tf from '../../src/engines/tf.js';
import { createRng, type Rng } from '../../src/core/rng.js';

/** A host tensor of standard normal numbers. */
export function normal(rng: Rng, shape: number[], scale = 1): HostTensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, dtype: 'float32', data: Float32Array.from({ length: size }, () => scale * rng.normal()) };
}

export function uniform(rng: Rng, shape: number[], low: number, high: number): HostTensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return {
    shape,
    dtype: 'float32',
    data: Float32Array.from({ length: size }, () => low + (high - low) * rng.uniform()),
  };
}

export function ints(shape: number[], data: number[]): HostTensor {
  return { shape, dtype: 'int32', data: Int32Array.from(data) };
}

export const seeded = (label: string): Rng => createRng(`onnx/${label}`);

export function specsOf(values: HostTensors): TensorSpecs {
  return Object.fromEntries(Object.entries(values).map(([k, v]) => [k, { shape: v.shape, dtype: v.dtype }]));
}

/** Runs the step eagerly on tfjs's cpu backend, the reference; returns new state and outputs. */
export async function runOnCpu(step: StepFunction, state: HostTensors, feeds: HostTensors) {
  await tf.setBackend('cpu');
  const toTensors = (values: HostTensors): Tensors =>
    Object.fromEntries(Object.entries(values).map(([k, v]) => [k, tf.tensor(v.data.slice(), [...v.shape], v.dtype)]));
  tf.engine().startScope();
  const result = step(toTensors(state), toTensors(feeds));
  const toHost = (tensors: Tensors): Record<string, HostTensor> =>
    Object.fromEntries(
      Object.entries(tensors).map(([k, t]) => {
        const data = t.dataSync();
        const dtype = t.dtype === 'int32' ? 'int32' : 'float32';
        return [
          k,
          { shape: t.shape, dtype, data: dtype === 'int32' ? Int32Array.from(data) : Float32Array.from(data) },
        ];
      }),
    );
  const out = { state: { ...state, ...toHost(result.state ?? {}) }, outputs: toHost(result.outputs) };
  tf.engine().endScope();
  return out;
}

/** Runs the step once on `engine`. */
export async function runOnEngine(engine: Engine, step: StepFunction, state: HostTensors, feeds: HostTensors) {
  const compiled = await engine.compile(step, specsOf(state), specsOf(feeds));
  const held = engine.createState(state);
  try {
    return { outputs: await compiled.run(held, feeds), state: await held.read() };
  } finally {
    held.dispose();
    compiled.dispose();
  }
}

/** The largest |a - b| / (1 + |b|); infinite for different shapes, types or where only one is NaN. */
export function difference(a: HostTensor, b: HostTensor): number {
  if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) return Infinity;
  let worst = 0;
  for (let i = 0; i < b.data.length; i++) {
    if (Object.is(a.data[i], b.data[i]) || a.data[i] === b.data[i]) continue;
    const d = Math.abs(a.data[i] - b.data[i]) / (1 + Math.abs(b.data[i]));
    worst = Number.isNaN(d) ? Infinity : Math.max(worst, d);
  }
  return worst;
}

/** Adam with the moments in the state (`m/name`, `v/name`, `t`), written in plain ops. */
export function adamStep(params: Tensors, grads: Tensors, state: Tensors, rate: number): Tensors {
  const out: Tensors = {};
  const t = tf.add(state.t, 1);
  out.t = t;
  const c1 = tf.sub(1, tf.pow(tf.scalar(0.9), t));
  const c2 = tf.sub(1, tf.pow(tf.scalar(0.999), t));
  for (const [name, p] of Object.entries(params)) {
    const g = grads[name];
    const m = tf.add(tf.mul(state[`m/${name}`], 0.9), tf.mul(g, 0.1));
    const v = tf.add(tf.mul(state[`v/${name}`], 0.999), tf.mul(tf.square(g), 0.001));
    const update = tf.div(tf.div(m, c1), tf.add(tf.sqrt(tf.div(v, c2)), 1e-7));
    out[name] = tf.sub(p, tf.mul(update, rate));
    out[`m/${name}`] = m;
    out[`v/${name}`] = v;
  }
  return out;
}

/** Gradients by name of a scalar function of named tensors. */
export function gradients(f: (params: Tensors) => tf.Tensor, params: Tensors): { value: tf.Tensor; grads: Tensors } {
  const names = Object.keys(params);
  const { value, grads } = tf.valueAndGrads((...list: tf.Tensor[]): tf.Scalar =>
    tf.reshape<tf.Rank.R0>(f(Object.fromEntries(names.map((n, i) => [n, list[i]]))), []),
  )(names.map((n) => params[n]));
  return { value, grads: Object.fromEntries(names.map((n, i) => [n, grads[i]])) };
}

/** Parameters with zero moments and a step count, as `adamStep` wants them. */
export function adamState(params: HostTensors): Record<string, HostTensor> {
  const zeros = (v: HostTensor): HostTensor => ({ ...v, data: new Float32Array(v.data.length) });
  const moments = Object.entries(params).flatMap(([k, v]) => [
    [`m/${k}`, zeros(v)],
    [`v/${k}`, zeros(v)],
  ]);
  return { ...params, ...Object.fromEntries(moments), t: { shape: [], dtype: 'float32', data: new Float32Array(1) } };
}
