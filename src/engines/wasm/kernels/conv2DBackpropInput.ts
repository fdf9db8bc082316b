import { backend_util, conv2d, reverse, transpose, type Tensor4D } from '../../tf.js';
import type { ComposedKernel } from './ComposedKernel.js';
import { inputGradientAttributes, shapeOf4d } from '../../convAttributes.js';
import { cropToInput, spreadGradient } from './transposedConv.js';

/** dx = convolution of the spread dy with the filter turned by 180 degrees and its channels swapped. */
export const conv2DBackpropInput: ComposedKernel = {
  kernelName: 'Conv2DBackpropInput',
  compute: ({ dy, filter }, attrs) => {
    const a = inputGradientAttributes.parse(attrs);
    const info = backend_util.computeConv2DInfo(
      a.inputShape,
      shapeOf4d(filter),
      a.strides,
      1,
      a.pad,
      a.dimRoundingMode,
    );
    const { spread, skip } = spreadGradient(dy as Tensor4D, info);
    const turned = info.filterHeight * info.filterWidth === 1 ? filter : reverse(filter, [0, 1]);
    const swapped = transpose<Tensor4D>(turned as Tensor4D, [0, 1, 3, 2]);
    return cropToInput(conv2d(spread, swapped, 1, 'valid'), info, skip);
  },
};
