import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type { HostTensors, Tensors } from '../../src/engines/Engine.js';
import { exportOnnx } from '../../src/engines/onnx/exportOnnx.js';
import * as tf from '../../src/engines/tf.js';
import { difference, normal, runOnCpu, seeded } from './onnxHelpers.js';

const rng = seeded('export');
const params: HostTensors = {
  w: normal(rng, [3, 3, 2, 4], 0.3),
  b: normal(rng, [4]),
  d: normal(rng, [3, 3, 4, 1], 0.3),
  cls: normal(rng, [1, 1, 4]),
  out: normal(rng, [4, 5]),
};

/** Convolutions, pooling, a class token, attention over positions, a dense head. */
const fn = (p: Tensors, { image }: Tensors): Tensors => {
  let h: tf.Tensor4D = tf.relu(
    tf.add(tf.conv2d(image as tf.Tensor4D, p.w as tf.Tensor4D, 2, 'same'), p.b),
  ) as tf.Tensor4D;
  h = tf.relu6(tf.depthwiseConv2d(h, p.d as tf.Tensor4D, 1, 'same'));
  h = tf.maxPool(h, 2, 2, 'same');
  const n = h.shape[0];
  const tokens = tf.concat([tf.tile(p.cls as tf.Tensor3D, [n, 1, 1]), tf.reshape(h, [n, -1, 4]) as tf.Tensor3D], 1);
  const scores = tf.softmax(tf.matMul(tokens, tokens, false, true));
  const mixed = tf.mean(tf.matMul(scores, tokens), 1) as tf.Tensor2D;
  return { features: tf.mean(h, [1, 2]), logits: tf.matMul(mixed, p.out as tf.Tensor2D), unused: tf.square(h) };
};

describe('exportOnnx', () => {
  it('gives a model that runs with any batch size and agrees with the eager reference', async () => {
    const model = exportOnnx({
      fn,
      params,
      inputs: { image: { shape: [1, 9, 7, 2], dtype: 'float32' } },
      outputs: ['logits', 'features'],
      metadata: { classes: 'a,b' },
    });
    const session = await InferenceSession.create(model);
    expect(session.inputNames).toEqual(['image']);
    expect(session.outputNames).toEqual(['logits', 'features']);
    for (const batch of [1, 3, 8]) {
      const image = normal(rng, [batch, 9, 7, 2]);
      const expected = await runOnCpu((p, x) => ({ outputs: fn(p, x) }), params, { image });
      const got = await session.run({ image: new Tensor('float32', Float32Array.from(image.data), image.shape) });
      for (const name of ['logits', 'features']) {
        const data = got[name].data;
        if (!(data instanceof Float32Array)) throw new Error('float32 expected');
        const actual = { shape: got[name].dims, dtype: 'float32' as const, data };
        expect(difference(actual, expected.outputs[name]), `${name} at batch ${batch}`).toBeLessThan(1e-5);
      }
    }
    await session.release();
  });

  it('refuses a model that bakes the batch size in', () => {
    expect(() =>
      exportOnnx({
        fn: (_p, { x }) => ({ y: tf.mul(x, tf.range(0, x.shape[0])) }),
        params: {},
        inputs: { x: { shape: [1], dtype: 'float32' } },
        outputs: ['y'],
      }),
    ).toThrow(/batch/);
  });
});
