import { expect, it } from 'vitest';
import type { HostTensors, StepFunction, Tensors } from '../../src/engines/Engine.js';
import { fusedOps } from '../../src/engines/fusedOps.js';
import * as tf from '../../src/engines/tf.js';
import { activationFunctions } from '../../src/models/layers/activation.js';
import { normaliseBatch } from '../../src/models/layers/normaliseBatch.js';
import { drawing, expectAgreement, valuesAndGradients } from './againstReference.js';
import { operatorsOfPlan } from './operatorsOfPlan.js';
import { nativeBesideReference } from './nativeBesideReference.js';

type Function = 'linear' | 'relu' | 'relu6' | 'hard_swish';

nativeBesideReference('batch norm that engine native joins with its neighbours', (pair) => {
  const draw = drawing('native/norms');

  /** Operators of our own in the plan of a step that is held to the reference. */
  const operatorsOf = (step: StepFunction, inputs: HostTensors, tolerance = 2e-5) =>
    operatorsOfPlan(() => expectAgreement(pair(), step, inputs, tolerance, floorOf));
  // A norm takes away what its input has in common, so that a gradient before it is a small difference of larger numbers.
  const floorOf = () => 0.1;

  const norm = (x: tf.Tensor, inputs: Tensors, key: string, fn: Function) => {
    const { output, mean, variance } = normaliseBatch(x, inputs[`gamma${key}`], inputs[`beta${key}`], 1e-3);
    return { z: activationFunctions[fn](output), mean, variance };
  };
  const parameters = (key: string, channels: number) => ({
    [`gamma${key}`]: draw(`gamma${key}`, channels),
    [`beta${key}`]: draw(`beta${key}`, channels),
  });

  // Channels that are whole eights and not, images of more rows than are worked on at once, all strides.
  it.each([
    [[2, 6, 7, 5], 12, 'relu', 3, 1, 'same'],
    [[3, 9, 10, 8], 24, 'hard_swish', 5, 2, 'same'],
    [[2, 23, 25, 6], 16, 'relu6', 3, 2, 'valid'],
    [[1, 40, 41, 3], 9, 'relu', 3, 1, 'valid'],
    [[2, 12, 12, 16], 48, 'linear', 3, 1, 'same'],
    [[4, 5, 5, 16], 160, 'hard_swish', 5, 1, 'same'],
    [[1, 2, 3, 4], 3, 'hard_swish', 7, 1, 'same'],
  ] as const)(
    'an inverted bottleneck: %j, %i channels within, %s, windows of %i, stride %i, %s',
    async (image, inner, fn, kernel, stride, pad) => {
      const channels = image[3];
      const inputs = {
        x: draw('x', ...image),
        expand: draw('expand', 1, 1, channels, inner),
        depthwise: draw('depthwise', kernel, kernel, inner, 1),
        project: draw('project', 1, 1, inner, channels),
        ...parameters('A', inner),
        ...parameters('B', inner),
        ...parameters('C', channels),
      };
      const f = (given: Tensors) => {
        const a = norm(tf.conv2d(given.x as tf.Tensor4D, given.expand as tf.Tensor4D, 1, 'same'), given, 'A', fn);
        const b = norm(
          tf.depthwiseConv2d(a.z as tf.Tensor4D, given.depthwise as tf.Tensor4D, stride, pad),
          given,
          'B',
          fn,
        );
        const c = norm(tf.conv2d(b.z as tf.Tensor4D, given.project as tf.Tensor4D, 1, 'same'), given, 'C', 'linear');
        return { y: c.z, meanA: a.mean, varianceA: a.variance, meanB: b.mean, varianceB: b.variance, meanC: c.mean, varianceC: c.variance }; // prettier-ignore
      };
      // Norms one behind another take an addend away again: its gradient is what rounding leaves.
      const names = await operatorsOf(
        valuesAndGradients(Object.keys(inputs), f, ['y']),
        inputs,
        fn === 'linear' ? 2e-4 : 2e-5,
      );
      expect([...names].sort()).toEqual([
        'DenseMoments',
        'NormActivate',
        'NormDepthwiseMoments',
        'NormDepthwiseNormGrad',
        'NormPointGrad',
        'NormSlopes',
      ]);
    },
  );

  it('of a dense layer with a bias, as rows', async () => {
    const inputs = { x: draw('x', 70, 11), w: draw('w', 11, 13), bias: draw('bias', 13), ...parameters('A', 13) };
    const dense = (x: tf.Tensor, w: tf.Tensor, bias: tf.Tensor) =>
      fusedOps().dense?.(x, w, bias) ?? tf.add(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D), bias);
    const f = (given: Tensors) => ({ y: norm(dense(given.x, given.w, given.bias), given, 'A', 'relu').z });
    const names = await operatorsOf(valuesAndGradients(Object.keys(inputs), f), inputs);
    expect(names).toContain('DenseMoments');
  });

  it('keeps what is read by others too: the norm itself, the activation, the gradient between', async () => {
    const inputs = {
      x: draw('x', 2, 7, 6, 10),
      w: draw('w', 1, 1, 10, 12),
      filter: draw('filter', 3, 3, 12, 1),
      ...parameters('A', 12),
    };
    const conv = (given: Tensors) => tf.conv2d(given.x as tf.Tensor4D, given.w as tf.Tensor4D, 1, 'same');
    const slide = (z: tf.Tensor, given: Tensors) => tf.depthwiseConv2d(z as tf.Tensor4D, given.filter as tf.Tensor4D, 1, 'same'); // prettier-ignore
    const keys = Object.keys(inputs);
    const normRead = (given: Tensors) => {
      const { output } = normaliseBatch(conv(given), given.gammaA, given.betaA, 1e-3);
      return { y: slide(tf.relu(output), given), tapped: tf.tanh(output) };
    };
    await operatorsOf(valuesAndGradients(keys, normRead), inputs);
    const returned = (given: Tensors) => {
      const { output } = normaliseBatch(conv(given), given.gammaA, given.betaA, 1e-3);
      const z = tf.relu(output);
      return { y: slide(z, given), output, z };
    };
    await operatorsOf(valuesAndGradients(keys, returned), inputs);
    const activationRead = (given: Tensors) => {
      const { z } = norm(conv(given), given, 'A', 'hard_swish');
      return { y: slide(z, given), pooled: tf.mean(z, [1, 2]) };
    };
    const names = await operatorsOf(valuesAndGradients(keys, activationRead), inputs);
    expect(names.has('NormDepthwiseMoments')).toBe(false);
    const twice = (given: Tensors) => {
      const { z } = norm(conv(given), given, 'A', 'relu');
      return {
        y: slide(z, given),
        other: tf.depthwiseConv2d(z as tf.Tensor4D, given.filter as tf.Tensor4D, 2, 'same'),
      };
    };
    await operatorsOf(valuesAndGradients(keys, twice), inputs);
    const two = (given: Tensors) => {
      const made = conv(given);
      const a = normaliseBatch(made, given.gammaA, given.betaA, 1e-3).output;
      const b = normaliseBatch(made, given.betaA, given.gammaA, 1e-2).output;
      return { y: tf.add(slide(tf.relu(a), given), tf.relu6(b)) };
    };
    await operatorsOf(valuesAndGradients(keys, two), inputs);
  });

  it('leaves the gradient of a norm that several convolutions before it read', async () => {
    const inputs = {
      x: draw('x', 2, 7, 6, 8),
      w: draw('w', 1, 1, 8, 12),
      w2: draw('w2', 1, 1, 8, 12),
      ...parameters('A', 12),
    };
    const f = ({ x, w, w2, ...given }: Tensors) => {
      const [a, b] = [w, w2].map((filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'));
      return { y: norm(tf.add(a, b), given, 'A', 'relu').z };
    };
    const names = await operatorsOf(valuesAndGradients(Object.keys(inputs), f), inputs);
    expect(names.has('NormPointGrad')).toBe(false);
  });

  it('with some of the gradients only, and with none', async () => {
    const inputs = {
      x: draw('x', 2, 7, 6, 8),
      w: draw('w', 1, 1, 8, 12),
      filter: draw('filter', 3, 3, 12, 1),
      ...parameters('A', 12),
      ...parameters('B', 12),
    };
    const f = (given: Tensors) => {
      const a = norm(tf.conv2d(given.x as tf.Tensor4D, given.w as tf.Tensor4D, 1, 'same'), given, 'A', 'relu6');
      const made = tf.depthwiseConv2d(a.z as tf.Tensor4D, given.filter as tf.Tensor4D, 1, 'same');
      return { y: norm(made, given, 'B', 'hard_swish').z };
    };
    for (const by of [['x'], ['w'], ['filter'], ['gammaA'], ['betaA', 'filter'], ['gammaB'], ['x', 'gammaB']]) {
      await operatorsOf(valuesAndGradients(by, f), inputs);
    }
    const names = await operatorsOf((_, given) => ({ outputs: f(given) }), inputs);
    expect([...names].sort()).toEqual(['DenseMoments', 'NormActivate', 'NormDepthwiseMoments']);
  });

  it('hides no NaN', async () => {
    const x = draw('x', 1, 3, 3, 8);
    x.data[11] = NaN;
    const inputs = { x, filter: draw('filter', 3, 3, 8, 1), ...parameters('A', 8), ...parameters('B', 8) };
    const f = (given: Tensors) => {
      const a = norm(given.x, given, 'A', 'linear');
      const made = tf.depthwiseConv2d(a.z as tf.Tensor4D, given.filter as tf.Tensor4D, 1, 'same');
      return { y: norm(made, given, 'B', 'linear').z };
    };
    const { engine } = pair();
    const state = engine.createState({});
    const specs = Object.fromEntries(Object.entries(inputs).map(([key, { shape, dtype }]) => [key, { shape, dtype }]));
    const step = await engine.compile((_, given) => ({ outputs: f(given) }), {}, specs);
    const { y } = await step.run(state, inputs);
    expect([...y.data].map((_, i) => i).filter((i) => Number.isNaN(y.data[i]) !== (i % 8 === 3))).toEqual([]);
    step.dispose();
    state.dispose();
  });
});
