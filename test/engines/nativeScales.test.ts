import { expect, it } from 'vitest';
import type { HostTensors, StepFunction, Tensors } from '../../src/engines/Engine.js';
import { fusedOps } from '../../src/engines/fusedOps.js';
import * as tf from '../../src/engines/tf.js';
import { activationFunctions } from '../../src/models/layers/activation.js';
import { withBias } from '../../src/models/layers/withBias.js';
import { drawing, expectAgreement, imageWithTies, poolWindows, valuesAndGradients } from './againstReference.js';
import { operatorsOfPlan } from './operatorsOfPlan.js';
import { nativeBesideReference } from './nativeBesideReference.js';

nativeBesideReference('biases and constant norms that engine native joins with what makes their values', (pair) => {
  const draw = drawing('native/scales');
  const operatorsOf = (step: StepFunction, inputs: HostTensors) =>
    operatorsOfPlan(() => expectAgreement(pair(), step, inputs, 1e-5));

  const convolutions = {
    'over points': ({ x, w }: Tensors) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'),
    depthwise: ({ x, filter }: Tensors) => tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, 'same'),
    dense: ({ x, w3 }: Tensors) => tf.conv2d(x as tf.Tensor4D, w3 as tf.Tensor4D, 1, 'valid'),
  };
  const behind = {
    scaled: (y: tf.Tensor, { scale, shift }: Tensors) =>
      fusedOps().scaleChannels?.(y, scale, shift) ?? tf.add(tf.mul(y, scale), shift),
    biased: (y: tf.Tensor, { shift }: Tensors) => withBias(y, shift),
  };
  const names = {
    'over points': ['DenseScaled', 'DenseBiased'],
    depthwise: ['DepthwiseScaled', 'DepthwiseBiased'],
    dense: ['Scale', 'AddBias'],
  };
  const cases = (Object.keys(convolutions) as (keyof typeof convolutions)[]).flatMap((convolution) =>
    (Object.keys(behind) as (keyof typeof behind)[]).flatMap((kind) =>
      ([5, 16] as const).map((channels) => [convolution, kind, channels] as const),
    ),
  );

  it.each(cases)('%s, %s, %i channels', async (convolution, kind, channels) => {
    const inputs = {
      x: draw('x', 2, 23, 9, channels),
      w: draw('w', 1, 1, channels, channels),
      w3: draw('w3', 3, 3, channels, channels),
      filter: draw('filter', 3, 3, channels, 1),
      scale: draw('scale', channels),
      shift: draw('shift', channels),
    };
    const own = names[convolution][kind === 'scaled' ? 0 : 1];
    for (const fn of ['linear', 'relu', 'relu6', 'hard_swish', 'tanh'] as const) {
      const f = (given: Tensors) => ({
        z: activationFunctions[fn](behind[kind](convolutions[convolution](given), given)),
      });
      const forward = await operatorsOf((_, given) => ({ outputs: f(given) }), inputs);
      expect([...forward], fn).toEqual([own]);
      const trained = await operatorsOf(valuesAndGradients(['x', 'w', 'w3', 'filter', 'scale', 'shift'].filter((key) => used(key, convolution, kind)), f), inputs); // prettier-ignore
      if (fn !== 'hard_swish' && kind === 'biased') expect(trained, fn).toContain(own);
    }
  });
  const used = (key: string, convolution: string, kind: string) =>
    ['x', 'shift', { 'over points': 'w', depthwise: 'filter', dense: 'w3' }[convolution]].includes(key) || (key === 'scale' && kind === 'scaled'); // prettier-ignore

  it.each(poolWindows)('pooled in windows of %i, stride %i, %s', async (size, stride, pad) => {
    for (const channels of [5, 16]) {
      const inputs = {
        x: imageWithTies(draw('pooled', 2, 9, 8, channels)),
        w3: draw('w3', 3, 3, channels, channels),
        shift: draw('shift', channels),
      };
      const pool = (z: tf.Tensor) => tf.maxPool(z as tf.Tensor4D, size, stride, pad);
      for (const fn of ['linear', 'relu', 'relu6', 'hard_swish'] as const) {
        const made = (given: Tensors) => activationFunctions[fn](withBias(convolutions.dense(given), given.shift));
        const f = (given: Tensors) => ({ y: pool(made(given)) });
        const forward = await operatorsOf((_, given) => ({ outputs: f(given) }), inputs);
        expect([...forward], fn).toEqual(fn === 'hard_swish' ? ['AddBias', 'MaxPool'] : ['MaxPoolBiased']);
        const trained = await operatorsOf(valuesAndGradients(['x', 'w3', 'shift'], f), inputs);
        expect(trained.has('MaxPoolReluGrad'), fn).toBe(fn === 'relu');
        // The same of what is read by itself, and by a pooling of another kind.
        const twice = (given: Tensors) => ({
          y: pool(made(given)),
          z: tf.avgPool(made(given) as tf.Tensor4D, 2, 2, 'same'),
        });
        await operatorsOf(valuesAndGradients(['x', 'w3', 'shift'], twice), inputs);
        const pools = (given: Tensors) => ({
          y: pool(made(given)),
          z: tf.maxPool(made(given) as tf.Tensor4D, 4, 3, 'same'),
        });
        await operatorsOf((_, given) => ({ outputs: pools(given) }), inputs);
      }
      const alone = await operatorsOf(
        valuesAndGradients(['x'], ({ x }) => ({ y: pool(x), z: pool(tf.relu(x)) })),
        inputs,
      );
      expect(alone.has('MaxPool')).toBe(true);
    }
  });

  it('hides no NaN in a maximum', async () => {
    const { engine } = pair();
    const state = engine.createState({});
    const x = { shape: [1, 2, 2, 1], dtype: 'float32', data: Float32Array.of(1, NaN, 3, 2) } as const;
    const step = await engine.compile(
      (_, given) => ({ outputs: { y: tf.maxPool(given.x as tf.Tensor4D, 2, 2, 'valid') } }),
      {},
      { x },
    );
    expect([...(await step.run(state, { x })).y.data]).toEqual([NaN]);
    step.dispose();
    state.dispose();
  });

  it('keeps what others read or what is returned', async () => {
    const inputs = { x: draw('x', 2, 5, 4, 6), w: draw('w', 1, 1, 6, 6), shift: draw('shift', 6) };
    const f = (given: Tensors) => {
      const made = convolutions['over points'](given);
      const y = withBias(made, given.shift);
      return { made: tf.tanh(made), y, z: tf.relu(y), also: tf.relu6(withBias(tf.relu(y), given.shift)) };
    };
    await operatorsOf(valuesAndGradients(['x', 'w', 'shift'], f), inputs);
    await operatorsOf((_, given) => ({ outputs: f(given) }), inputs);
  });
});
