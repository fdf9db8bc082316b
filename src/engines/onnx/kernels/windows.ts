import { NasDistillError } from '../../../core/errors.js';
import { backend_util } from '../../tf.js';
import type { InferCall, LowerCall } from './types.js';

/** The window of a convolution or pooling along one spatial axis. */
export interface Window {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
  readonly out: number;
}
export interface Windows {
  readonly h: Window;
  readonly w: Window;
  /** NHWC shape of the result. */
  readonly outShape: readonly number[];
}

type Quad = readonly number[];

/** Windows of a convolution of `x` (NHWC) with `filter` (HWIO). */
export function convWindows(c: InferCall | LowerCall, x: Quad, filter: Quad, depthwise: boolean): Windows {
  const format = c.attrs.str('dataFormat', 'NHWC');
  if (format !== 'NHWC') {
    throw new NasDistillError(
      'ENGINE_UNSUPPORTED',
      `convolution with dataFormat ${format} cannot be lowered; use NHWC`,
    );
  }
  const info = backend_util.computeConv2DInfo(
    quad(x),
    quad(filter),
    c.attrs.pair('strides'),
    c.attrs.pair('dilations', 1),
    c.attrs.pad(),
    c.attrs.rounding(),
    depthwise,
  );
  return fromInfo(info);
}

/** Windows of a pooling of `x` (NHWC). */
export function poolWindows(c: Pick<InferCall, 'attrs'>, x: Quad): Windows {
  const info = backend_util.computePool2DInfo(
    quad(x),
    c.attrs.pair('filterSize'),
    c.attrs.pair('strides'),
    1,
    c.attrs.pad(),
    c.attrs.rounding(),
  );
  return fromInfo(info);
}

/** ONNX attributes of the windows. */
export function windowAttrs({ h, w }: Windows) {
  return {
    kernel_shape: [h.kernel, w.kernel],
    strides: [h.stride, w.stride],
    pads: [h.before, w.before, h.after, w.after],
  };
}

function fromInfo(i: backend_util.Conv2DInfo): Windows {
  return {
    h: window(
      i.inHeight,
      i.filterHeight,
      i.strideHeight,
      i.dilationHeight,
      i.padInfo.top,
      i.padInfo.bottom,
      i.outHeight,
    ),
    w: window(i.inWidth, i.filterWidth, i.strideWidth, i.dilationWidth, i.padInfo.left, i.padInfo.right, i.outWidth),
    outShape: i.outShape,
  };
}

function window(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  before: number,
  after: number,
  out: number,
): Window {
  // Rounding up can ask for a last window that reaches further than the padding that tfjs reports.
  const reach = (out - 1) * stride + (kernel - 1) * dilation + 1 - size - before;
  return { size, kernel, stride, dilation, before, after: Math.max(after, reach), out };
}

function quad(s: Quad): [number, number, number, number] {
  const [a, b, c, d] = s;
  return [a, b, c, d];
}
