// The native engine's side of the operators in install/kernelsSource.ts.
import { z } from 'zod';
import { NasDistillError } from '../../core/errors.js';
import { fusedKernels, offerFusedLayers } from '../fusedLayers.js';
import { backend_util, getKernel, registerKernel, type TensorInfo } from '../tf.js';
import { pair, padding, roundingMode, shapeOf4d } from '../convAttributes.js';
import { replaceKernel } from './correctedKernels.js';
import { registerOwnConvolutions } from './ownConvolutions.js';
import { attribute, tensorflow, tensorflowBackend } from './TensorflowBackend.js';

const poolAttributes = z.object({ filterSize: pair, strides: pair, pad: padding, dimRoundingMode: roundingMode });
const counted = z.looseObject({ count: z.number() });
const numbers = z.record(z.string(), z.number());

/**
 * Registers them for tfjs-node's backend; after the corrected ones, once a thread. Products of our own compute on one thread:
 * with more, TensorFlow's are left in place.
 */
export function registerOwnKernels(threads: number): void {
  for (const name of [fusedKernels.hardSwish, fusedKernels.gelu]) own(name, ['x']);
  for (const name of [fusedKernels.hardSwishGrad, fusedKernels.geluGrad]) own(name, ['dy', 'x']);
  own(fusedKernels.layerNorm, ['x', 'gamma', 'beta'], { outputs: 3, floats: { epsilon: 'epsilon' } });
  own(fusedKernels.layerNormGrad, ['dy', 'xhat', 'gamma', 'rate'], { outputs: 3 });
  own(fusedKernels.batchNorm, ['x', 'gamma', 'beta'], { outputs: 3, floats: { epsilon: 'epsilon' } });
  own(fusedKernels.batchNormGrad, ['dy', 'x', 'gamma', 'mean', 'variance'], {
    outputs: 3,
    floats: { epsilon: 'epsilon' },
  });
  own(fusedKernels.scale, ['x', 'scale', 'shift'], { integers: ['activation'] });
  own(fusedKernels.addBias, ['x', 'bias'], { integers: ['activation'] });
  own(fusedKernels.gate, ['x', 'gate']);
  own(fusedKernels.gateGrad, ['dy', 'x', 'gate'], { outputs: 2 });
  own(fusedKernels.planeMean, ['x']);
  ownMeanGradient();
  own(fusedKernels.dense, ['x', 'w', 'bias']);
  own(fusedKernels.denseGradInput, ['dy', 'w']);
  own(fusedKernels.denseGradWeights, ['x', 'dy'], { outputs: 2 });
  own(fusedKernels.attention, ['q', 'k', 'v'], { outputs: 2, integers: ['heads'] });
  own(fusedKernels.attentionGrad, ['dy', 'dweights', 'q', 'k', 'v', 'weights'], { outputs: 3, integers: ['heads'] });
  ofLists(fusedKernels.adamW, ['p', 'g'], ['m', 'v', 'c1', 'c2', 'lr'], 2, ({ beta1, beta2, eps, weightDecay }) => ({
    beta1,
    beta2,
    // Not from the rounded ones: 1 - 0.999 in float32 is off by one part in a hundred thousand.
    rest1: 1 - beta1,
    rest2: 1 - beta2,
    eps,
    weight_decay: weightDecay,
  }));
  ofLists(fusedKernels.sgd, ['p', 'g'], ['v', 'lr'], 1, ({ momentum, nesterov, weightDecay }) => ({
    momentum,
    nesterov,
    weight_decay: weightDecay,
  }));
  ofLists(fusedKernels.clip, ['g'], [], 1, ({ maxNorm }) => ({ max_norm: maxNorm }));
  ofLists(fusedKernels.average, ['x'], ['average', 'decay'], 1, () => ({}));
  offerFusedLayers(tensorflowBackend, [
    'hardSwish',
    'gelu',
    'normaliseRows',
    'adamW',
    'sgd',
    'clipByGlobalNorm',
    'movedAverage',
    ...(threads === 1
      ? (['dense', 'attention', 'normaliseBatch', 'gate', 'meanOverPositions', 'scaleChannels', 'addBias'] as const)
      : []),
  ]);
  if (threads === 1) {
    registerOwnConvolutions();
    replacePool();
  }
  replacePoolGradient();
}

/** An operator with these inputs; attributes by tfjs's names and TensorFlow's. */
function own(
  kernelName: string,
  names: readonly string[],
  options: { outputs?: number; floats?: Readonly<Record<string, string>>; integers?: readonly string[] } = {},
): void {
  const { outputs = 1, floats = {}, integers = [] } = options;
  registerKernel({
    kernelName,
    backendName: tensorflowBackend,
    kernelFunc: ({ inputs, attrs }) => {
      const values = numbers.parse(attrs ?? {});
      const attributes = [
        ...Object.entries(floats).map(([name, ours]) => attribute.float(name, values[ours])),
        ...integers.map((name) => attribute.integer(name, values[name])),
      ];
      const given = names.map((name) => present(inputs[name]));
      if (outputs === 1) return tensorflow().executeSingleOutput(kernelName, attributes, given);
      return tensorflow().executeMultipleOutputs(kernelName, attributes, given, outputs);
    },
  });
}

/** An operator over lists of tensors and some single ones; outputs: as many as a list has (an average: none), and `more`. */
function ofLists(
  kernelName: string,
  lists: readonly string[],
  singles: readonly string[],
  more: number,
  attributesOf: (numbers: Readonly<Record<string, number>>) => Readonly<Record<string, number>>,
): void {
  registerKernel({
    kernelName,
    backendName: tensorflowBackend,
    kernelFunc: ({ inputs, attrs }) => {
      const { count } = counted.parse(attrs);
      const listed = lists.flatMap((list) => Array.from({ length: count }, (_, i) => present(inputs[`${list}${i}`])));
      const given = [...listed, ...singles.map((name) => present(inputs[name]))];
      const floats = Object.entries(attributesOf(numbers.parse(attrs))).map(([name, value]) => attribute.float(name, value)); // prettier-ignore
      const outputs = kernelName === fusedKernels.average ? more : count + more;
      return tensorflow().executeMultipleOutputs(
        kernelName,
        [attribute.integer('N', count), ...floats],
        given,
        outputs,
      );
    },
  });
}

/** Of the tensor whose mean was taken, only the shape is needed. */
function ownMeanGradient(): void {
  registerKernel({
    kernelName: fusedKernels.planeMeanGrad,
    backendName: tensorflowBackend,
    kernelFunc: ({ inputs }) => {
      const { shape } = present(inputs.x);
      const attributes = [attribute.integer('rank', shape.length), attribute.integers('shape', shape)];
      return tensorflow().executeSingleOutput(fusedKernels.planeMeanGrad, attributes, [present(inputs.dy)]);
    },
  });
}

/** Max pooling that others can be joined with (joinPools). */
function replacePool(): void {
  const { kernelFunc } = getKernel('MaxPool', tensorflowBackend);
  replaceKernel('MaxPool', (call) => {
    const x = present(call.inputs.x);
    const a = poolAttributes.parse(call.attrs);
    const info = backend_util.computePool2DInfo(shapeOf4d(x), a.filterSize, a.strides, 1, a.pad, a.dimRoundingMode);
    const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo, outHeight, outWidth } = info;
    if (x.dtype !== 'float32' || !['SAME', 'VALID'].includes(padInfo.type)) return kernelFunc(call);
    const window = [
      filterHeight,
      filterWidth,
      strideHeight,
      strideWidth,
      padInfo.top,
      padInfo.left,
      outHeight,
      outWidth,
    ];
    return tensorflow().executeSingleOutput('NasDistillMaxPool', [attribute.integers('window', window)], [x]);
  });
}

/** TensorFlow looks for the maxima again, value by value; here each is compared with what the forward pass found. */
function replacePoolGradient(): void {
  const { kernelFunc } = getKernel('MaxPoolGrad', tensorflowBackend);
  replaceKernel('MaxPoolGrad', (call) => {
    const [dy, x, y] = [call.inputs.dy, call.inputs.input, call.inputs.output].map(present);
    const a = poolAttributes.parse(call.attrs);
    if (x.dtype !== 'float32') return kernelFunc(call);
    const info = backend_util.computePool2DInfo(shapeOf4d(x), a.filterSize, a.strides, 1, a.pad, a.dimRoundingMode);
    const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info;
    const window = [filterHeight, filterWidth, strideHeight, strideWidth, padInfo.top, padInfo.left];
    return tensorflow().executeSingleOutput(
      'NasDistillMaxPoolGrad',
      [attribute.integers('window', window)],
      [x, y, dy],
    );
  });
}

function present(info: TensorInfo | undefined): TensorInfo {
  if (!info) throw new NasDistillError('INTERNAL', 'a kernel was called without one of its inputs');
  return info;
}
