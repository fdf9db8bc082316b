import { isQuartering } from '../kernels/maxPoolQuarters.js';
import type { LowerCall } from '../kernels/types.js';
import { hardSigmoid, huge } from '../kernels/unary.js';
import type { Windows } from '../kernels/windows.js';

/** Positions are computed in float32: up to this many are exact. */
const exact = 2 ** 24;

/** True if the gradient of a 2x2 max pool can be computed where its values lie, in blocks. */
export function canQuarterBlocks(c: LowerCall, w: Windows): boolean {
  const { to } = c;
  const operands = [c.in('input'), c.in('output'), c.in('dy')];
  if (!isQuartering(w) || !to.hasBlocked(c.in('input')) || !operands.every((v) => to.canBlock(v))) return false;
  return [w.h, w.w].every((a) => a.out * 2 === a.size) && w.h.size * w.w.size * to.blockSize() <= exact;
}

/** kernels/maxPoolQuarters in blocks: which cell of a window dy goes to is found by the same comparisons. */
export function quarteredBlocks(c: LowerCall, w: Windows): void {
  const { graph: g, to } = c;
  const [n, height, width, channels] = c.in('input').shape;
  const size = to.blockSize();
  const whole = to.wholeBlocks(channels);
  const blocks = (n * whole) / size;
  const cells = w.h.out * w.w.out * size;
  const offset = to.reshape(offsetInBlock(c, w), [blocks, cells]);
  const starts = Array.from({ length: blocks }, (_, i) => i * height * width * size);
  const indices = g.op('Add', [offset, g.constant('int64', [blocks, 1], starts)]);
  const flat = [to.blocked(c.in('dy')), indices].map((name) => to.reshape(name, [1, 1, blocks, cells]));
  const attrs = { kernel_shape: [1, 1], strides: [1, 1] };
  const dx = g.op('MaxUnpool', [...flat, g.ints([1, 1, blocks, height * width * size])], attrs);
  to.setBlocked(c.out, to.reshape(dx, [n, whole, height, width]));
}

/** int64 [N, C', h, w]: where in its block of planes each window's first maximum lies. A NaN counts as some cell. */
function offsetInBlock(c: LowerCall, w: Windows): string {
  const { graph: g, to } = c;
  const x = to.blocked(c.in('input'));
  const y = to.blocked(c.in('output'));
  const size = to.blockSize();
  const pool = (rows: number, columns: number): string =>
    g.blocked('MaxPool', [x], { kernel_shape: [rows, columns], strides: [2, 2], pads: [0, 0, 0, 0] });
  const above = (part: string): string => hardSigmoid(g, g.op('Sub', [y, part]), huge, 0);
  const lower = above(pool(1, 2));
  const right = above(pool(1, 1));
  const lowerLeft = hardSigmoid(g, g.op('Sub', [y, pool(2, 1)]), -huge, 1);
  const shift = g.op('Add', [right, g.op('Mul', [lower, g.op('Sub', [g.scalar(w.w.size), lowerLeft])])]);
  const cells = w.h.out * w.w.out * size;
  const corners = Array.from({ length: cells }, (_, i) => {
    const window = Math.floor(i / size);
    return (Math.floor(window / w.w.out) * 2 * w.w.size + (window % w.w.out) * 2) * size + (i % size);
  });
  const flat = to.reshape(g.op('Mul', [shift, g.scalar(size)]), [-1, cells]);
  const position = g.op('Add', [flat, g.constant('float32', [cells], corners)]);
  // What becomes of a NaN as an integer differs between processors.
  const limits = [g.scalar(0, 'int64'), g.scalar(w.h.size * w.w.size * size - 1, 'int64')];
  return g.op('Clip', [g.op('Cast', [position], { to: 7 }), ...limits]);
}
