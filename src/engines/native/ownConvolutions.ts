// Convolutions by our own operators (install/kernels/depthwise, products), where they are faster than TensorFlow's on one thread.
import { z } from 'zod';
import { NasDistillError } from '../../core/errors.js';
import { fusedKernels } from '../fusedLayers.js';
import { backend_util, getKernel, tensor1d, tidy, type Tensor, type TensorInfo } from '../tf.js';
import {
  filterGradientAttributes,
  inputGradientAttributes,
  pair,
  padding,
  roundingMode,
  shapeOf4d,
} from '../convAttributes.js';
import { replaceKernel } from './correctedKernels.js';
import { attribute, tensorflow, tensorflowBackend } from './TensorflowBackend.js';

const forwardAttributes = z.object({
  strides: pair,
  pad: padding,
  dilations: pair.nullish().transform((d) => d ?? 1),
  dimRoundingMode: roundingMode,
});
type Shape = [number, number, number, number];
type Attributes = z.output<typeof forwardAttributes>;
type Compute = (inputs: Readonly<Record<string, TensorInfo>>, attrs: unknown) => Tensor | undefined;

/** Puts them in front of tfjs-node's kernels, which keep what these leave: other types, dilations, strides over points. */
export function registerOwnConvolutions(): void {
  before('DepthwiseConv2dNative', ({ x, filter }, attrs) => {
    const info = depthwise(shapeOf4d(x), shapeOf4d(filter), forwardAttributes.parse(attrs));
    return info && slide('NasDistillDepthwise', [x, filter], [...info.window, info.outHeight, info.outWidth]);
  });
  before('DepthwiseConv2dNativeBackpropInput', ({ dy, filter }, attrs) => {
    const a = inputGradientAttributes.parse(attrs);
    const info = depthwise(a.inputShape, shapeOf4d(filter), a);
    return info && slide('NasDistillDepthwiseGradInput', [dy, filter], [...info.window, info.inHeight, info.inWidth]);
  });
  before('DepthwiseConv2dNativeBackpropFilter', ({ x, dy }, attrs) => {
    const a = filterGradientAttributes.parse(attrs);
    const info = depthwise(shapeOf4d(x), a.filterShape, a);
    return info && slide('NasDistillDepthwiseGradFilter', [x, dy], [...info.window, 0, 0]);
  });
  before('Conv2D', ({ x, filter }, attrs) => {
    if (!isPointwise(shapeOf4d(x), shapeOf4d(filter), forwardAttributes.parse(attrs))) return undefined;
    return tidy(() => {
      const bias = tensor1d([], 'float32');
      return tensorflow().executeSingleOutput(fusedKernels.dense, [], [x, filter, bias]);
    });
  });
  before('Conv2DBackpropInput', ({ dy, filter }, attrs) => {
    const a = inputGradientAttributes.parse(attrs);
    if (!isPointwise(a.inputShape, shapeOf4d(filter), a)) return undefined;
    return tensorflow().executeSingleOutput(fusedKernels.denseGradInput, [], [dy, filter]);
  });
  before('Conv2DBackpropFilter', ({ x, dy }, attrs) => {
    const a = filterGradientAttributes.parse(attrs);
    if (!isPointwise(shapeOf4d(x), a.filterShape, a)) return undefined;
    return tensorflow().executeSingleOutput('NasDistillPointGradFilter', [], [x, dy]);
  });
}

/** A kernel that comes first; where it returns nothing, the one that was there computes. */
function before(kernelName: string, compute: Compute): void {
  const { kernelFunc } = getKernel(kernelName, tensorflowBackend);
  replaceKernel(kernelName, (call) => {
    const inputs = Object.entries(call.inputs).map(([name, info]): [string, TensorInfo] => {
      if (info === undefined)
        throw new NasDistillError('INTERNAL', `${kernelName} was called without its input ${name}`);
      return [name, info];
    });
    const all = inputs.every(([, { dtype }]) => dtype === 'float32');
    return (all ? compute(Object.fromEntries(inputs), call.attrs) : undefined) ?? kernelFunc(call);
  });
}

/** The operators' attribute but for its last two values, where they can compute this convolution. */
function depthwise(image: Shape, filter: Shape, a: Attributes) {
  const info = backend_util.computeConv2DInfo(image, filter, a.strides, a.dilations, a.pad, a.dimRoundingMode, true);
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, padInfo } = info;
  if (filter[3] !== 1 || filter[2] !== image[3] || dilationHeight > 1 || dilationWidth > 1) return undefined;
  return { ...info, window: [filter[0], filter[1], strideHeight, strideWidth, padInfo.top, padInfo.left] };
}

function slide(name: string, inputs: readonly TensorInfo[], window: readonly number[]): Tensor {
  return tensorflow().executeSingleOutput(name, [attribute.integers('window', window)], inputs);
}

/** Each point by itself: a product of matrices. */
function isPointwise(image: Shape, filter: Shape, a: Attributes): boolean {
  if (filter[0] !== 1 || filter[1] !== 1 || filter[2] !== image[3]) return false;
  const info = backend_util.computeConv2DInfo(image, filter, a.strides, a.dilations, a.pad, a.dimRoundingMode);
  return info.outHeight === image[1] && info.outWidth === image[2] && info.strideHeight * info.strideWidth === 1;
}
