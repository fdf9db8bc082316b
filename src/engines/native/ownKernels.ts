// The native engine's side of the operators in install/kernelsSource.ts.
import { z } from 'zod';
import { NasDistillError } from '../../core/errors.js';
import { offerFusedOps } from '../fusedOps.js';
import {
  backend_util,
  engine,
  getKernel,
  registerGradient,
  registerKernel,
  type Tensor,
  type TensorInfo,
} from '../tf.js';
import { pair, padding, roundingMode, shapeOf4d } from '../wasm/kernels/convAttributes.js';
import { replaceKernel } from './correctedKernels.js';
import { attribute, tensorflow, tensorflowBackend } from './TensorflowBackend.js';

const swish = 'NasDistillHardSwish';
const swishGrad = 'NasDistillHardSwishGrad';

const poolAttributes = z.object({ filterSize: pair, strides: pair, pad: padding, dimRoundingMode: roundingMode });

/** Registers them for tfjs-node's backend; after the corrected ones, once a thread. */
export function registerOwnKernels(): void {
  own(swish, ['x']);
  own(swishGrad, ['dy', 'x']);
  registerGradient({
    kernelName: swish,
    inputsToSave: ['x'],
    gradFunc: (dy, [x]) => {
      if (Array.isArray(dy)) throw new NasDistillError('INTERNAL', 'an activation has one output');
      return { x: () => engine().runKernel(swishGrad, { dy, x }) };
    },
  });
  offerFusedOps(tensorflowBackend, { hardSwish: (x: Tensor): Tensor => engine().runKernel(swish, { x }) });
  replacePoolGradient();
}

function own(kernelName: string, names: readonly string[]): void {
  registerKernel({
    kernelName,
    backendName: tensorflowBackend,
    kernelFunc: ({ inputs }) =>
      tensorflow().executeSingleOutput(kernelName, [], names.map((name) => present(inputs[name]))), // prettier-ignore
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
