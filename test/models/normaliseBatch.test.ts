import { expect, test } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import type { HostTensor } from '../../src/engines/Engine.js';
import { add, grads, mean, mul, rsqrt, square, sub, sum, type Tensor } from '../../src/engines/tf.js';
import { normaliseBatch } from '../../src/models/layers/normaliseBatch.js';
import { distance, onWasm } from './onWasm.js';

/** The definition in plain ops: its gradient is tfjs's own derivation, step by step. */
function plain(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): Tensor {
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const centred = sub(x, mean(x, axes));
  return add(mul(mul(centred, rsqrt(add(mean(square(centred), axes), epsilon))), gamma), beta);
}

test.each([[[5, 3]], [[4, 6, 3]], [[2, 3, 2, 3]]])(
  'the closed-form gradient is that of the definition, shape %j',
  async (shape) => {
    const rng = createRng('batch norm');
    const random = (of: number[]): HostTensor => ({
      shape: of,
      dtype: 'float32',
      data: Float32Array.from({ length: of.reduce((a, b) => a * b, 1) }, () => 0.5 + rng.normal()),
    });
    const inputs = { x: random(shape), gamma: random([3]), beta: random([3]), weight: random(shape) };
    const out = await onWasm(inputs, ({ x, gamma, beta, weight }) => {
      const derive = (f: (x: Tensor, gamma: Tensor, beta: Tensor) => Tensor) =>
        grads((...args: Tensor[]) => sum(mul(weight, square(f(args[0], args[1], args[2])))))([x, gamma, beta]);
      const ours = derive((a, b, c) => normaliseBatch(a, b, c, 1e-3).output);
      const theirs = derive((a, b, c) => plain(a, b, c, 1e-3));
      return {
        ours: normaliseBatch(x, gamma, beta, 1e-3).output,
        theirs: plain(x, gamma, beta, 1e-3),
        ...Object.fromEntries(
          [0, 1, 2].flatMap((i) => [
            [`ours${i}`, ours[i]],
            [`theirs${i}`, theirs[i]],
          ]),
        ),
      };
    });
    for (const i of ['', 0, 1, 2]) {
      expect(distance(out[`ours${i}`].data, out[`theirs${i}`].data), `gradient ${i}`).toBeLessThan(2e-4);
      expect(Math.max(...Array.from(out[`theirs${i}`].data, Math.abs))).toBeGreaterThan(0.05);
    }
  },
);
