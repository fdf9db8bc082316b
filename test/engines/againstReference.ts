import { expect } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import type { Engine, HostTensor, HostTensors, StepFunction, Tensors } from '../../src/engines/Engine.js';
import * as tf from '../../src/engines/tf.js';
import { relativeError, runOnce } from './contract.js';
import { normal } from './contractInputs.js';

/** An engine, and what it is held to. */
export interface Pair {
  readonly engine: Engine;
  readonly reference: Engine;
}

/** Normal values, the same for the same group and key. */
export const drawing =
  (group: string) =>
  (key: string, ...shape: number[]): HostTensor =>
    normal(...shape)(createRng(`${group}/${key}`));

/**
 * A step that returns what `f` does, and the gradients by the inputs `by` of the sum of its outputs (or of those in `of`), each
 * weighed by another wave.
 */
export function valuesAndGradients(
  by: readonly string[],
  f: (inputs: Tensors) => Tensors,
  of?: readonly string[],
): StepFunction {
  return (_, feeds) => {
    const loss = (...values: tf.Tensor[]) => {
      const outputs = f({ ...feeds, ...Object.fromEntries(by.map((key, i) => [key, values[i]])) });
      const weighed = Object.keys(outputs).filter((key) => of?.includes(key) ?? true);
      return tf.addN(
        weighed.map((key, i) => {
          const y = outputs[key];
          return tf.sum(tf.mul(y, tf.reshape(tf.cos(tf.range(i, y.size + i)), y.shape)));
        }),
      );
    };
    const grads = tf.grads(loss)(by.map((key) => feeds[key]));
    return { outputs: { ...f(feeds), ...Object.fromEntries(by.map((key, i) => [`d ${key}`, grads[i]])) } };
  };
}

/** All outputs like the reference's, up to `tolerance` (see `relativeError`; `floorOf` for its floor), and no tensor left. */
export async function expectAgreement(
  { engine, reference }: Pair,
  step: StepFunction,
  inputs: HostTensors,
  tolerance: number,
  floorOf?: (key: string) => number,
): Promise<void> {
  const before = tf.memory().numTensors;
  const expected = await runOnce(reference, step, inputs);
  const actual = await runOnce(engine, step, inputs);
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [key, value] of Object.entries(expected)) {
    expect(actual[key].shape, key).toEqual(value.shape);
    expect(relativeError(actual[key].data, value.data, floorOf?.(key)), key).toBeLessThan(tolerance);
  }
  expect(tf.memory().numTensors).toBe(before);
}

/** Windows of max pooling: size, stride and padding. */
export const poolWindows = [
  [2, 2, 'valid'],
  [2, 2, 'same'],
  [3, 2, 'same'],
  [3, 1, 'same'],
  [2, 3, 'valid'],
] as const;

/** Rounded to halves after ReLU, so that most windows hold their maximum several times. */
export function imageWithTies(x: HostTensor): HostTensor {
  return { ...x, data: Float32Array.from(x.data, (value) => Math.max(0, Math.round(2 * value) / 2)) };
}

/** Hard-swish's kinks and what lies beside them. */
export const aroundKinks: HostTensor = {
  shape: [9],
  dtype: 'float32',
  data: Float32Array.of(-5, -3, -2.9, -1, 0, 1, 2.9, 3, 5),
};
