import * as core from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import * as tf from '../../src/engines/tf.js';

// Found in the real package, so that a random operator that a new release adds fails here until it is refused too.
const random = Object.keys(core).filter(
  (name) => /rand|normal$|dropout|multinomial/i.test(name) && /^[a-z]/.test(name),
);
const kernelsAndConfigs = new Set(['batchNorm', 'localResponseNormalization']);

test('every random operator of TensorFlow.js is refused', () => {
  const ops = random.filter((name) => !kernelsAndConfigs.has(name));
  expect(ops).toContain('randomNormal');
  expect(ops.length).toBeGreaterThanOrEqual(9);
  for (const name of ops) {
    const op: unknown = Reflect.get(tf, name);
    if (typeof op !== 'function') throw new Error(`${name} is no function`);
    expect(() => Reflect.apply(op, undefined, [[2, 2]]), name).toThrow(
      expect.objectContaining({ code: 'ENGINE_UNSUPPORTED' }),
    );
  }
});
