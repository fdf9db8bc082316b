// Kernels of tfjs-node 4.22 that are put right: those that fail on what every other backend accepts.
import { z } from 'zod';
import { NasDistillError } from '../../core/errors.js';
import {
  add,
  backend_util,
  getKernel,
  minimum,
  mul,
  registerKernel,
  relu,
  scalar,
  tensor1d,
  tidy,
  unregisterKernel,
  type KernelConfig,
  type KernelFunc,
  type TensorInfo,
} from '../tf.js';
import {
  filterGradientAttributes,
  inputGradientAttributes,
  pair,
  padding,
  roundingMode,
  shapeOf4d,
} from '../convAttributes.js';
import { asTensor } from '../asTensor.js';
import { correctResizeBilinearGrad } from '../resizeBilinearGrad.js';
import { attribute, tensorflow, tensorflowBackend, type OpAttribute } from './TensorflowBackend.js';

type ConvInfo = ReturnType<typeof backend_util.computeConv2DInfo>;

const forwardAttributes = z.object({
  strides: pair,
  pad: padding,
  dilations: pair.nullish().transform((d) => d ?? 1),
  dimRoundingMode: roundingMode,
});

const gatherAttributes = z.object({
  axis: z.number(),
  batchDims: z
    .number()
    .nullish()
    .transform((n) => n ?? 0),
});

/** Replaces them in tfjs-node's backend, after its own were registered. */
export function registerCorrectedKernels(): void {
  wrapForExplicitPadding('Conv2D', ({ x, filter }, attrs) => {
    const a = forwardAttributes.parse(attrs);
    const info = backend_util.computeConv2DInfo(shapeOf4d(x), shapeOf4d(filter), a.strides, a.dilations, a.pad, a.dimRoundingMode); // prettier-ignore
    return { info, operands: () => [x, filter] };
  });
  wrapForExplicitPadding('Conv2DBackpropInput', ({ dy, filter }, attrs) => {
    const a = inputGradientAttributes.parse(attrs);
    const info = backend_util.computeConv2DInfo(a.inputShape, shapeOf4d(filter), a.strides, 1, a.pad, a.dimRoundingMode); // prettier-ignore
    return { info, operands: () => [tensor1d(a.inputShape, 'int32'), filter, dy] };
  });
  wrapForExplicitPadding('Conv2DBackpropFilter', ({ x, dy }, attrs) => {
    const a = filterGradientAttributes.parse(attrs);
    const info = backend_util.computeConv2DInfo(shapeOf4d(x), a.filterShape, a.strides, 1, a.pad, a.dimRoundingMode);
    return { info, operands: () => [x, tensor1d(a.filterShape, 'int32'), dy] };
  });
  // tfjs-node reads the indices back to check them, which TensorFlow does itself.
  replaceKernel('GatherV2', ({ inputs, attrs }) =>
    tidy(() => {
      const [x, indices] = [present(inputs.x), present(inputs.indices)];
      const { axis, batchDims } = gatherAttributes.parse(attrs);
      const attributes = [
        attribute.integer('batch_dims', batchDims),
        attribute.type('Tparams', x.dtype),
        attribute.type('Tindices', indices.dtype),
        attribute.type('Taxis', 'int32'),
      ];
      return tensorflow().executeSingleOutput('GatherV2', attributes, [x, indices, scalar(axis, 'int32')]);
    }),
  );
  replaceKernel('ResizeBilinearGrad', correctResizeBilinearGrad(tensorflowBackend).kernelFunc);
  // tfjs-node calls a method that tensors have only once the whole of tfjs is loaded.
  replaceKernel('Prelu', ({ inputs }) =>
    tidy(() => {
      const [x, alpha] = [inputs.x, inputs.alpha].map((info) => asTensor('Prelu', present(info)));
      return add(relu(x), mul(alpha, minimum(x, 0)));
    }),
  );
}

/** Padding by numbers: tfjs-node refuses it, TensorFlow calls it EXPLICIT. Other padding goes the usual way. */
function wrapForExplicitPadding(
  kernelName: string,
  prepare: (inputs: Record<string, TensorInfo>, attrs: unknown) => { info: ConvInfo; operands: () => TensorInfo[] },
): void {
  const { kernelFunc } = getKernel(kernelName, tensorflowBackend);
  replaceKernel(kernelName, (call) => {
    const inputs = Object.fromEntries(Object.entries(call.inputs).map(([name, info]) => [name, present(info)]));
    const { info, operands } = prepare(inputs, call.attrs);
    if (info.padInfo.type === 'SAME' || info.padInfo.type === 'VALID') return kernelFunc(call);
    return tidy(() => tensorflow().executeSingleOutput(kernelName, explicitAttributes(info), operands()));
  });
}

function explicitAttributes({ padInfo: { top, bottom, left, right }, ...info }: ConvInfo): OpAttribute[] {
  return [
    attribute.float32('T'),
    attribute.integers('strides', [1, info.strideHeight, info.strideWidth, 1]),
    attribute.integers('dilations', [1, info.dilationHeight, info.dilationWidth, 1]),
    attribute.text('data_format', 'NHWC'),
    attribute.text('padding', 'EXPLICIT'),
    attribute.integers('explicit_paddings', [0, 0, top, bottom, left, right, 0, 0]),
  ];
}

/** Puts another function in the place of a kernel of tfjs-node's backend. */
export function replaceKernel(kernelName: string, kernelFunc: KernelFunc): void {
  const config: KernelConfig = { ...getKernel(kernelName, tensorflowBackend), kernelFunc };
  unregisterKernel(kernelName, tensorflowBackend);
  registerKernel(config);
}

function present(info: TensorInfo | undefined): TensorInfo {
  if (!info) throw new NasDistillError('INTERNAL', 'a kernel was called without one of its inputs');
  return info;
}
