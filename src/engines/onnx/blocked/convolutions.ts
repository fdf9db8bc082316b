import type { TraceValue } from '../ir.js';
import type { LowerCall } from '../kernels/types.js';
import type { Windows } from '../kernels/windows.js';
import { windowAttrs } from '../kernels/windows.js';
import type { FusedFunction } from './channelwise.js';
import { backwardFilter, denseFilter, depthwiseFilter } from './filters.js';

/** Fewer output channels than half a block are mostly padding. */
function worthBlocks(c: LowerCall, channels: number): boolean {
  return 2 * channels >= c.to.blockSize();
}

/** How a convolution of `x` can be done in blocks: from blocks, from whole planes of few channels, or not at all. */
function inputForm(c: LowerCall, x: TraceValue, depthwise: boolean): 'blocks' | 'planes' | undefined {
  if (c.to.block === undefined) return undefined;
  if (c.to.canBlock(x)) return 'blocks';
  return !depthwise && x.shape[3] < c.to.block ? 'planes' : undefined;
}

/** The convolution of `x`, in blocks, or undefined where the plain one is to be used. */
export function blockedForward(
  c: LowerCall,
  w: Windows,
  depthwise: boolean,
  bias: TraceValue | undefined,
  then: FusedFunction,
): string | undefined {
  const { to, graph } = c;
  const [x, filter] = [c.in('x'), c.in('filter')];
  const form = inputForm(c, x, depthwise);
  if (form === undefined || !worthBlocks(c, c.out.shape[3]) || w.h.out * w.w.out === 1) return undefined;
  if (depthwise && filter.shape[3] !== 1) return undefined;
  const inputs = [
    form === 'blocks' ? to.blocked(x) : to.nchw(x),
    depthwise ? depthwiseFilter(c, filter) : denseFilter(c, filter, form === 'planes'),
    ...(bias ? [to.padded(bias)] : []),
  ];
  const group = depthwise ? to.wholeBlocks(x.shape[3]) : 1;
  return graph.blocked('Conv', inputs, {
    ...windowAttrs(w),
    dilations: [w.h.dilation, w.w.dilation],
    group,
    ...then,
  });
}

/**
 * dL/dx as a convolution of dy with the turned filter, in blocks. With a stride, zeros are put between the values of dy
 * first; that pays for depthwise filters, and for single taps, which are applied before.
 */
export function blockedInputGradient(
  c: LowerCall,
  w: Windows,
  filter: TraceValue,
  depthwise: boolean,
): string | undefined {
  const { to } = c;
  const dy = c.in('dy');
  const x = c.out.shape;
  if (!to.canBlock(dy) || !worthBlocks(c, x[3])) return undefined;
  if (depthwise && filter.shape[3] !== 1) return undefined;
  const oneTap = w.h.kernel * w.w.kernel === 1;
  const strided = w.h.stride * w.w.stride > 1;
  if (strided && !depthwise && !oneTap) return undefined;
  const [h, v] = [padding(w.h), padding(w.w)];
  if ([...h, ...v].some((p) => p < 0)) return undefined;
  const matrix = depthwise ? depthwiseFilter(c, filter, true) : backwardFilter(c, filter);
  const channels = to.wholeBlocks(dy.shape[3]);
  const attrs = {
    kernel_shape: [w.h.kernel, w.w.kernel],
    dilations: [w.h.dilation, w.w.dilation],
    group: depthwise ? channels : 1,
  };
  if (oneTap && strided) {
    if (Math.max(...h, ...v) > 0) return undefined;
    const small = c.graph.blocked('Conv', [to.blocked(dy), matrix], attrs);
    return spread(c, small, [dy.shape[0], to.wholeBlocks(x[3]), dy.shape[1], dy.shape[2]], w);
  }
  const source = strided
    ? spread(c, to.blocked(dy), [dy.shape[0], channels, dy.shape[1], dy.shape[2]], w)
    : to.blocked(dy);
  return c.graph.blocked('Conv', [source, matrix], { ...attrs, pads: [h[0], v[0], h[1], v[1]] });
}

/** Zeros before and after dy (with stride - 1 zeros after each of its values) that make the turned filter meet all of x. */
function padding(a: Windows['h']): [number, number] {
  const reach = (a.kernel - 1) * a.dilation;
  const before = reach - a.before;
  return [before, a.size - a.out * a.stride + reach - before];
}

/** stride - 1 zeros after each value, along both axes. */
function spread(c: LowerCall, name: string, [n, ch, h, w]: readonly number[], { h: a, w: b }: Windows): string {
  const { graph: g, to } = c;
  const size = to.blockSize();
  const rows = to.reshape(name, [((n * ch) / size) * h, 1, w, size]);
  const pads = g.ints([0, 0, 0, 0, 0, a.stride - 1, 0, (b.stride - 1) * size]);
  const wide = g.op('Pad', [rows, pads, g.scalar(0)]);
  return to.reshape(wide, [n, ch, h * a.stride, w * b.stride]);
}
