import { NasDistillError } from '../../core/errors.js';
import type { ConvolutionWindow } from '../fusedOps.js';
import { customGrad, engine, type Tensor, type Tensor4D } from '../tf.js';

/**
 * Convolutions with a dilation or with groups, recorded as the kernels of plain ones: these kernels' lowering reads the dilation from their
 * attributes and the groups from the shapes.
 */
export function directConvolution(
  x: Tensor4D,
  filter: Tensor4D,
  { stride, dilation = 1, padding }: ConvolutionWindow,
  depthwise: boolean,
): Tensor4D {
  const kernel = depthwise ? 'DepthwiseConv2dNative' : 'Conv2D';
  const back = depthwise ? 'DepthwiseConv2dNativeBackprop' : 'Conv2DBackprop';
  const attrs = { strides: [stride, stride], pad: padding, dataFormat: 'NHWC', dilations: [dilation, dilation] };
  // tfjs's own gradients of these kernels want a dilation of 1.
  const convolve = customGrad((...args) => {
    const save = args[args.length - 1];
    if (typeof save !== 'function') throw new NasDistillError('INTERNAL', 'customGrad gave no save function');
    save([x, filter]);
    return {
      value: run(kernel, { x, filter }, attrs),
      gradFunc: (dy: Tensor | Tensor[], saved: Tensor[]) => {
        if (Array.isArray(dy)) throw new NasDistillError('INTERNAL', 'a convolution has one output');
        const [image, weights] = saved;
        return [
          run(`${back}Input`, { dy, filter: weights }, { ...attrs, inputShape: image.shape }),
          run(`${back}Filter`, { x: image, dy }, { ...attrs, filterShape: weights.shape }),
        ];
      },
    };
  });
  return convolve(x, filter) as Tensor4D;
}

function run(name: string, inputs: Record<string, Tensor>, attrs: Record<string, number[] | string>): Tensor {
  const result: Tensor | Tensor[] = engine().runKernel(name, inputs, attrs);
  if (Array.isArray(result)) throw new NasDistillError('INTERNAL', `${name} has one output`);
  return result;
}
