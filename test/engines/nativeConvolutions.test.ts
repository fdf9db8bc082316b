import { expect, it } from 'vitest';
import type { Tensors } from '../../src/engines/Engine.js';
import { tensorflow } from '../../src/engines/native/TensorflowBackend.js';
import * as tf from '../../src/engines/tf.js';
import { drawing, expectAgreement, valuesAndGradients } from './againstReference.js';
import { nativeBesideReference } from './nativeBesideReference.js';

nativeBesideReference('convolutions that engine native computes by operators of its own', (pair) => {
  const draw = drawing('native/convolutions');

  /** The operators of our own that a step with gradients calls, in order. */
  async function ownOperators(run: () => Promise<void>): Promise<string[]> {
    const given = tensorflow().executeSingleOutput.bind(tensorflow());
    const names: string[] = [];
    tensorflow().executeSingleOutput = (name, ...rest) => {
      if (name.startsWith('NasDistill')) names.push(name);
      return given(name, ...rest);
    };
    await run();
    tensorflow().executeSingleOutput = given;
    return names;
  }

  // Images that tiles of four points and eight channels leave something over of; windows larger than the image, windows that
  // strides leave rows between, and strides that leave columns of the image unused.
  it.each([
    ['3x3', [2, 9, 11, 24], [3, 3], 1, 'same'],
    ['3x3, stride 2', [2, 9, 12, 20], [3, 3], 2, 'same'],
    ['5x5, stride 2', [2, 12, 16, 16], [5, 5], 2, 'same'],
    ['5x5 valid', [1, 9, 12, 8], [5, 5], 1, 'valid'],
    ['2x4 valid, stride 3', [2, 11, 13, 5], [2, 4], 3, 'valid'],
    ['1x1, stride 2', [2, 7, 8, 9], [1, 1], 2, 'same'],
    ['2x2, stride 3', [1, 8, 19, 8], [2, 2], 3, 'valid'],
    ['7x7', [1, 3, 2, 3], [7, 7], 1, 'same'],
    ['3x6, stride 1', [1, 5, 14, 10], [3, 6], 1, 'same'],
    ['3x3, padding of 2', [2, 6, 9, 8], [3, 3], 1, 2],
    ['3x3, padding of 1, stride 2', [2, 7, 10, 8], [3, 3], 2, 1],
  ] as const)('depthwise %s', async (_name, image, [height, width], stride, pad) => {
    const inputs = { x: draw('x', ...image), w: draw('w', height, width, image[3], 1) };
    const f = ({ x, w }: Tensors) => ({ y: tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad) });
    const called = await ownOperators(() => expectAgreement(pair(), valuesAndGradients(['x', 'w'], f), inputs, 1e-5));
    expect([...new Set(called)].sort()).toEqual([
      'NasDistillDepthwise',
      'NasDistillDepthwiseGradFilter',
      'NasDistillDepthwiseGradInput',
    ]);
  });

  it.each([
    [[2, 5, 7, 6], 9],
    [[1, 1, 1, 1], 1],
    [[3, 20, 21, 17], 35],
  ] as const)('over points: %j to %i channels', async (image, filters) => {
    const inputs = { x: draw('x', ...image), w: draw('w', 1, 1, image[3], filters) };
    const f = ({ x, w }: Tensors) => ({ y: tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same') });
    const called = await ownOperators(() => expectAgreement(pair(), valuesAndGradients(['x', 'w'], f), inputs, 1e-5));
    expect([...new Set(called)].sort()).toEqual([
      'NasDistillDense',
      'NasDistillDenseGradInput',
      'NasDistillPointGradFilter',
    ]);
  });

  it.each([
    ['depthwise with a multiplier', [2, 6, 7, 2], [3, 3, 2, 3], 1, true],
    ['over points with a stride', [2, 7, 7, 6], [1, 1, 6, 9], 2, false],
    ['3x3', [2, 7, 7, 6], [3, 3, 6, 9], 1, false],
  ] as const)("%s is left to TensorFlow's", async (_name, image, filter, stride, isDepthwise) => {
    const inputs = { x: draw('x', ...image), w: draw('w', ...filter) };
    const convolution = isDepthwise ? tf.depthwiseConv2d : tf.conv2d;
    const f = ({ x, w }: Tensors) => ({ y: convolution(x as tf.Tensor4D, w as tf.Tensor4D, stride, 'same') });
    const called = await ownOperators(() => expectAgreement(pair(), valuesAndGradients(['x', 'w'], f), inputs, 1e-5));
    expect(called).toEqual([]);
  });

  it('batch norm far from zero keeps its variance, and hides no NaN', async () => {
    const near = draw('far', 64, 5);
    const far = { ...near, data: near.data.map((value) => 3000 + value) };
    const statistics = async (x: typeof near) => {
      const { engine } = pair();
      const state = engine.createState({});
      const { normaliseBatch } = await import('../../src/models/layers/normaliseBatch.js');
      const step = await engine.compile(
        (_, feeds) => {
          const { mean, variance, output } = normaliseBatch(feeds.x, tf.ones([5]), tf.zeros([5]), 1e-3);
          return { outputs: { mean, variance, output } };
        },
        {},
        { x },
      );
      const result = await step.run(state, { x });
      step.dispose();
      state.dispose();
      return result;
    };
    const [here, there] = [await statistics(near), await statistics(far)];
    there.variance.data.forEach((value, c) => expect(Math.abs(value / here.variance.data[c] - 1)).toBeLessThan(1e-3));
    const broken = { ...near, data: near.data.map((value, i) => (i === 12 ? NaN : value)) };
    const { variance, output } = await statistics(broken);
    expect(variance.data[2]).toBeNaN();
    expect(output.data[2]).toBeNaN();
    expect(output.data[3]).not.toBeNaN();
  });
});
