import type { CompiledStep, Engine, HostTensor, HostTensors, StepFunction } from '../../src/engines/Engine.js';
import { createRng } from '../../src/core/rng.js';
import * as tf from '../../src/engines/tf.js';
import type { ContractCase } from './contractCases.js';

/** What a case gives on one engine: `y`, and `d <input>` for the gradients of sum(y * dy). */
export type CaseResult = Record<string, HostTensor>;

export function inputsOf(test: ContractCase): HostTensors {
  const rng = createRng(`contract/${test.name}`);
  return Object.fromEntries(Object.entries(test.inputs).map(([name, draw]) => [name, draw(rng.fork(name))]));
}

/** Compiles, runs once with no state, and lets go. */
export async function runOnce(engine: Engine, step: StepFunction, feeds: HostTensors): Promise<CaseResult> {
  const state = engine.createState({});
  let compiled: CompiledStep | undefined;
  try {
    compiled = await engine.compile(step, {}, feeds);
    return await compiled.run(state, feeds);
  } finally {
    compiled?.dispose();
    state.dispose();
  }
}

export async function forwardOf(engine: Engine, test: ContractCase, inputs: HostTensors): Promise<HostTensor> {
  return (await runOnce(engine, (_, feeds) => ({ outputs: { y: test.f(feeds) } }), inputs)).y;
}

/** Value and gradients; `dy` is the gradient that comes from above. */
export function gradientsOf(
  engine: Engine,
  test: ContractCase,
  inputs: HostTensors,
  dy: HostTensor,
): Promise<CaseResult> {
  const names = floatNames(inputs);
  const step: StepFunction = (_, feeds) => {
    const { dy: above, ...given } = feeds;
    const f = (...values: tf.Tensor[]) =>
      test.f({ ...given, ...Object.fromEntries(names.map((name, i) => [name, values[i]])) });
    const gradients = tf.grads(f)(names.map((name) => given[name]), above); // prettier-ignore
    return {
      outputs: { y: test.f(given), ...Object.fromEntries(names.map((name, i) => [`d ${name}`, gradients[i]])) },
    };
  };
  return runOnce(engine, step, { ...inputs, dy });
}

export function floatNames(inputs: HostTensors): string[] {
  return Object.keys(inputs).filter((name) => inputs[name].dtype === 'float32');
}

/** A gradient from above for a value of this shape. */
export function drawAbove(test: ContractCase, y: HostTensor): HostTensor {
  const rng = createRng(`contract/${test.name}/dy`);
  return { shape: y.shape, dtype: 'float32', data: Float32Array.from(y.data, () => rng.normal()) };
}

/** d sum(y * dy) / d input by central differences on the given engine, in double precision outside of it. */
export async function differencesOf(
  engine: Engine,
  test: ContractCase,
  inputs: HostTensors,
  dy: HostTensor,
  name: string,
  h = 1e-2,
): Promise<number[]> {
  const state = engine.createState({});
  const step = await engine.compile((_, feeds) => ({ outputs: { y: test.f(feeds) } }), {}, inputs);
  const at = async (i: number, shift: number) => {
    const data = Float32Array.from(inputs[name].data);
    data[i] += shift;
    const { y } = await step.run(state, { ...inputs, [name]: { ...inputs[name], data } });
    return Array.from(y.data).reduce((sum, value, j) => sum + value * dy.data[j], 0);
  };
  const out: number[] = [];
  for (let i = 0; i < inputs[name].data.length; i++) out.push(((await at(i, h)) - (await at(i, -h))) / (2 * h));
  step.dispose();
  state.dispose();
  return out;
}

/** Largest difference over the largest magnitude of the expected values (at least `floor`). NaN is never close. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>, floor = 1e-3): number {
  if (actual.length !== expected.length) return Infinity;
  let scale = floor;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    scale = Math.max(scale, Math.abs(expected[i]));
    const difference = Math.abs(actual[i] - expected[i]);
    if (!(difference <= worst)) worst = Number.isNaN(difference) ? Infinity : difference;
  }
  return worst / scale;
}
