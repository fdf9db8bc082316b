import type * as tf from '../../src/engines/tf.js';
import { convolved, slid } from '../../src/models/layers/convolved.js';
import type { ContractCase } from './contractCases.js';
import { normal } from './contractInputs.js';

type Shape = readonly [number, number, number, number];
interface Sizes {
  readonly x: Shape;
  readonly kernel: number;
  readonly stride?: number;
  readonly padding?: 'same' | 'valid';
  readonly dilation?: number;
}

const describeSizes = ({ x, kernel, stride = 1, padding = 'same', dilation = 1 }: Sizes) =>
  `${kernel}x${kernel} of ${x.join('x')}, stride ${stride}, dilation ${dilation}, ${padding}`;

interface Grouped extends Sizes {
  readonly filters: number;
  readonly groups?: number;
}

/** As at inference, where an engine has groups of its own. */
const still = (sizes: Grouped) => conv(sizes, false);

function conv(sizes: Grouped, training = true): ContractCase {
  const { x, kernel, stride = 1, padding = 'same', dilation, groups = 1, filters } = sizes;
  const window = { stride, padding, groups, ...given(dilation) };
  return {
    name: `convolution in ${groups} groups to ${filters}${training ? '' : ' at inference'}: ${describeSizes(sizes)}`,
    inputs: { x: normal(...x), w: normal(kernel, kernel, x[3] / groups, filters) },
    f: ({ x, w }) => convolved(x as tf.Tensor4D, w as tf.Tensor4D, window, training),
    forwardOnly: false,
  };
}

function depthwise(sizes: Sizes): ContractCase {
  const { x, kernel, stride = 1, padding = 'same', dilation } = sizes;
  return {
    name: `depthwise convolution: ${describeSizes(sizes)}`,
    inputs: { x: normal(...x), w: normal(kernel, kernel, x[3], 1) },
    f: ({ x, w }) => slid(x as tf.Tensor4D, w as tf.Tensor4D, { stride, padding, ...given(dilation) }),
    forwardOnly: false,
  };
}

const given = (dilation: number | undefined) => (dilation === undefined ? {} : { dilation });

const grouped: Grouped[] = [
  { x: [2, 7, 6, 4], kernel: 3, filters: 6, groups: 2 },
  { x: [2, 7, 6, 4], kernel: 3, filters: 6, groups: 2, stride: 2 },
  { x: [1, 8, 8, 6], kernel: 3, filters: 9, groups: 3, stride: 2, padding: 'valid' },
  { x: [2, 5, 7, 4], kernel: 1, filters: 8, groups: 2 },
  { x: [1, 7, 5, 4], kernel: 1, filters: 4, groups: 2, stride: 2 },
  { x: [1, 6, 7, 4], kernel: 2, filters: 4, groups: 2 },
  // Several groups to one dense part, several parts.
  { x: [1, 4, 3, 20], kernel: 3, filters: 20, groups: 10 },
  { x: [1, 5, 4, 32], kernel: 1, filters: 32, groups: 8 },
  { x: [1, 5, 4, 36], kernel: 1, filters: 18, groups: 2, stride: 2 },
  { x: [1, 7, 8, 4], kernel: 3, filters: 6, groups: 2, dilation: 2 },
  { x: [1, 9, 7, 4], kernel: 3, filters: 4, groups: 2, dilation: 2, padding: 'valid' },
  { x: [1, 8, 7, 4], kernel: 3, filters: 4, groups: 2, dilation: 3 },
];

/** Convolutions with groups and dilations, as layers compute them: odd sizes, few channels and whole blocks of them. */
export const spreadConvolutions: ContractCase[] = [
  ...grouped.flatMap((sizes) => [conv(sizes), still(sizes)]),
  conv({ x: [2, 7, 6, 3], kernel: 3, filters: 4, dilation: 2 }),
  conv({ x: [1, 8, 7, 3], kernel: 3, filters: 2, dilation: 3 }),
  conv({ x: [1, 9, 8, 2], kernel: 3, filters: 3, dilation: 3, padding: 'valid' }),
  conv({ x: [1, 7, 7, 2], kernel: 2, filters: 3, dilation: 3 }),
  conv({ x: [1, 9, 10, 2], kernel: 4, filters: 2, dilation: 2, padding: 'valid' }),
  conv({ x: [1, 3, 2, 2], kernel: 3, filters: 2, dilation: 3 }),
  conv({ x: [1, 4, 5, 3], kernel: 1, filters: 4, dilation: 2 }),
  conv({ x: [2, 5, 16, 8], kernel: 3, filters: 16, dilation: 2 }),
  depthwise({ x: [2, 7, 6, 3], kernel: 3, dilation: 2 }),
  depthwise({ x: [1, 8, 9, 4], kernel: 3, dilation: 3 }),
  depthwise({ x: [1, 9, 8, 3], kernel: 3, dilation: 3, padding: 'valid' }),
  depthwise({ x: [1, 11, 10, 16], kernel: 5, dilation: 2, padding: 'valid' }),
  depthwise({ x: [16, 6, 5, 2], kernel: 3, dilation: 2 }),
  depthwise({ x: [1, 3, 2, 2], kernel: 3, dilation: 3 }),
  depthwise({ x: [1, 7, 6, 3], kernel: 2, dilation: 2 }),
];
