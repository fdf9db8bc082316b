import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { losses, type LossName } from '../../src/distillation/losses/registry.js';
import type { Engine, HostTensor, HostTensors, Tensors } from '../../src/engines/Engine.js';
import { lossAndGradients } from '../../src/engines/lossAndGradients.js';
import { openEngine } from '../../src/engines/registry.js';
import { add, mul, reverse, sum, type Tensor } from '../../src/engines/tf.js';
import { lossOptions, studentTaps, teacherTaps } from './lossOptions.js';

const batch = 8;
const classes = 6;
const names = Object.keys(losses) as LossName[];

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('onnx', { threads: 1 });
});
afterAll(() => engine.close());

function drawn(shape: readonly number[], seed: string, scale = 1): HostTensor {
  const rng = createRng(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape: [...shape], dtype: 'float32', data: Float32Array.from({ length: size }, () => scale * rng.normal()) };
}

/** Attention maps are distributions. */
function maps(shape: readonly number[], seed: string): HostTensor {
  const values = drawn(shape, seed);
  const side = shape[shape.length - 1];
  const data = Float32Array.from(values.data, Math.exp);
  for (let at = 0; at < data.length; at += side) {
    const row = data.subarray(at, at + side);
    const sum = row.reduce((a, b) => a + b, 0);
    row.forEach((value, i) => (row[i] = value / sum));
  }
  return { ...values, data };
}

function outputs(whose: string, taps: Record<string, number[]>, scale = 1): HostTensors {
  const entries = Object.entries(taps).map(([tap, shape]): [string, HostTensor] => [
    `${whose}/${tap}`,
    (tap.startsWith('attention') ? maps : drawn)([batch, ...shape], `${whose}/${tap}`, scale),
  ]);
  return Object.fromEntries([[`${whose}/logits`, drawn([batch, classes], `${whose}/logits`, scale)], ...entries]);
}

const targets: HostTensor = {
  shape: [batch, classes],
  dtype: 'float32',
  data: Float32Array.from({ length: batch * classes }, (_, i) => ((i % classes) * 5) % 6 === Math.floor(i / classes) % 6 ? 1 : 0), // prettier-ignore
};

function below(tensors: Tensors, prefix: string): Tensors {
  const entries = Object.entries(tensors).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(entries.map(([name, value]) => [name.slice(prefix.length), value]));
}

function valueOf(name: LossName) {
  const loss = losses[name].create(lossOptions[name]);
  const rng = createRng(name);
  const values = {
    ...prefixed('params/', loss.init(studentTaps, teacherTaps, rng, classes)),
    ...prefixed('memory/', loss.memory?.(teacherTaps, rng) ?? {}),
  };
  const value = (all: Tensors): Tensor => {
    const { logits: own, ...ownTaps } = below(all, 'student/');
    const { logits: other, ...otherTaps } = below(all, 'teacher/');
    return loss.value({
      student: { logits: own, taps: ownTaps },
      teacher: { logits: other, taps: otherTaps },
      targets: all.targets,
      oneHot: all.targets,
      params: below(all, 'params/'),
      memory: below(all, 'memory/'),
      remember: () => undefined,
      log: () => undefined,
    });
  };
  return { values, value };
}

function prefixed(prefix: string, values: HostTensors): HostTensors {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}

async function run(state: HostTensors, compute: (all: Tensors) => Tensors) {
  const held = engine.createState(state);
  const step = await engine.compile((all) => ({ outputs: compute(all) }), held.specs, {});
  const out = await step.run(held, {});
  step.dispose();
  held.dispose();
  return out;
}

const both = (scale = 1) => ({
  ...outputs('student', studentTaps, scale),
  ...outputs('teacher', teacherTaps, scale),
  targets,
});

/** What a loss learns from: the student's outputs and its own adapters, never memories and answers. */
const moves = (name: string) => name.startsWith('student/') || name.startsWith('params/');

function withGradients(all: Tensors, value: (all: Tensors) => Tensor) {
  const params = Object.fromEntries(Object.entries(all).filter(([key]) => moves(key)));
  // Each is touched, so that what a loss does not look at has a gradient too: 0.
  const touched = (own: Tensors) =>
    Object.values(own).reduce((total: Tensor, x) => add(total, mul(0, sum(x))), mul(0, sum(all.targets)));
  return lossAndGradients(params, (own) => ({ loss: add(value({ ...all, ...own }), touched(own)) }));
}

describe('every loss of the registry', () => {
  it.each(names)('%s: the order of the batch makes no difference', async (name) => {
    const { values, value } = valueOf(name);
    const { before, after } = await run({ ...both(), ...values }, (all) => {
      const turned = Object.entries(all).map(([key, x]): [string, Tensor] => [
        key,
        key.startsWith('params/') || key.startsWith('memory/') ? x : reverse(x, 0),
      ]);
      return { before: value(all), after: value(Object.fromEntries(turned)) };
    });
    expect(Math.abs(before.data[0])).toBeGreaterThan(1e-4);
    expect(after.data[0] / before.data[0]).toBeCloseTo(1, 4);
  });

  it.each(names)('%s: gradients are those of its value, adapters included', async (name) => {
    const { values, value } = valueOf(name);
    const state = { ...both(), ...values };
    const size = 3e-3;
    const directions = Object.fromEntries(
      Object.entries(state).filter(([key]) => moves(key)).map(([key, { shape }]) => [`along:${key}`, drawn(shape, `along ${key}`)]),
    ); // prettier-ignore
    const out = await run({ ...state, ...directions }, (all) => {
      const plain = Object.fromEntries(Object.entries(all).filter(([key]) => !key.startsWith('along:')));
      const { grads } = withGradients(plain, value);
      const moved = (by: number) =>
        value(Object.fromEntries(Object.entries(plain).map(([key, x]) => [key, moves(key) ? add(x, mul(all[`along:${key}`], by)) : x]))); // prettier-ignore
      const slope = Object.entries(grads).map(([key, grad]) => sum(mul(grad, all[`along:${key}`])));
      return { slope: slope.reduce((a, b) => add(a, b)), above: moved(size), below: moved(-size) };
    });
    const measured = (out.above.data[0] - out.below.data[0]) / (2 * size);
    expect(Math.abs(measured)).toBeGreaterThan(1e-4);
    expect(out.slope.data[0] / measured).toBeCloseTo(1, 1);
  });

  it.each(names)('%s: a sure student, an equal one and one that says nothing give numbers', async (name) => {
    const { values, value } = valueOf(name);
    const zero = (state: HostTensors) =>
      Object.fromEntries(Object.entries(state).map(([key, x]) => [key, key.includes('attention') ? x : { ...x, data: new Float32Array(x.data.length) }])); // prettier-ignore
    const equal = Object.fromEntries(
      Object.entries(both()).map(([key, x]) => [key, key.startsWith('student/') && key.replace('student', 'teacher') in both() && (key.endsWith('logits') || key.endsWith('embedding')) ? both()[key.replace('student', 'teacher') as 'targets'] : x]),
    ); // prettier-ignore
    const cases: Record<string, HostTensors> = {
      sure: both(100),
      equal,
      silent: { ...both(), ...zero(outputs('student', studentTaps)) },
      nothing: { ...both(), ...zero(outputs('student', studentTaps)), ...zero(outputs('teacher', teacherTaps)) },
    };
    for (const [which, given] of Object.entries(cases)) {
      const out = await run({ ...given, ...values }, (all) => {
        const { loss, grads } = withGradients(all, value);
        return { ...grads, loss };
      });
      for (const [key, { data }] of Object.entries(out)) {
        expect(Array.from(data).every(Number.isFinite), `${which}: ${key}`).toBe(true);
      }
    }
  });
});
