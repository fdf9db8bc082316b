import type { TraceValue } from '../ir.js';
import { padded, taps } from './taps.js';
import type { LowerCall } from './types.js';
import type { Windows } from './windows.js';

/** How many groups of channels a convolution of `x` with `filter` [kh, kw, C / groups, filters] has. */
export function groupsOf(x: readonly number[], filter: readonly number[]): number {
  return x[3] / filter[2];
}

/**
 * dL/dx of a grouped convolution without stride: dy convolved, group by group, with the filter that leads back; undefined where dy would
 * have to be cut or spread first.
 */
export function groupedInputGradient(c: LowerCall, w: Windows, filter: TraceValue): string | undefined {
  const { graph: g, to } = c;
  const [kh, kw, seen, filters] = filter.shape;
  const groups = groupsOf(c.out.shape, filter.shape);
  if (w.h.stride * w.w.stride > 1) return undefined;
  const before = [w.h, w.w].map((a) => (a.kernel - 1) * a.dilation - a.before);
  const after = [w.h, w.w].map((a, i) => a.size - a.out + (a.kernel - 1) * a.dilation - before[i]);
  if (Math.min(...before, ...after) < 0) return undefined;
  const each = filters / groups;
  // [groups, seen, each, kh, kw], turned by half a turn.
  const split = to.reshape(to.get(filter), [kh, kw, seen, groups, each]);
  const moved = g.op('Transpose', [split], { perm: [3, 2, 4, 0, 1] });
  const both = (v: number) => g.ints([v, v]);
  const turned = kh * kw === 1 ? moved : g.op('Slice', [moved, both(-1), both(-(2 ** 31)), g.ints([3, 4]), both(-1)]);
  return g.op('Conv', [to.nchw(c.in('dy')), to.reshape(turned, [groups * seen, each, kh, kw])], {
    kernel_shape: [kh, kw],
    dilations: [w.h.dilation, w.w.dilation],
    pads: [...before, ...after],
    group: groups,
  });
}

/** dL/dW [kh, kw, C / groups, filters]: of each sample and group, all taps' planes one below the other times dy^T. */
export function groupedFilterGradient(c: LowerCall, w: Windows): string {
  const { graph: g, to } = c;
  const [kh, kw, seen, filters] = c.out.shape;
  const [x, dy] = [c.in('x'), c.in('dy')];
  const groups = groupsOf(x.shape, c.out.shape);
  const [n] = x.shape;
  const [each, positions] = [filters / groups, w.h.out * w.w.out];
  const planes = taps(g, padded(g, to.nchw(x), w, true), w, 2).map((part) =>
    to.reshape(part, [n, groups, seen, positions]),
  );
  const joined = planes.length === 1 ? planes[0] : g.op('Concat', planes, { axis: 2 });
  const right = g.op('Transpose', [to.reshape(to.nchw(dy), [n, groups, each, positions])], { perm: [0, 1, 3, 2] });
  const sums = g.op('ReduceSum', [g.op('MatMul', [joined, right]), g.ints([0])], { keepdims: 0 });
  const moved = g.op('Transpose', [to.reshape(sums, [groups, kh * kw * seen, each])], { perm: [1, 0, 2] });
  return to.reshape(moved, c.out.shape);
}
