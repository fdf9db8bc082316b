import type { TraceValue } from '../ir.js';
import type { Emitter } from '../kernels/types.js';

/**
 * A filter [kh, kw, ci, co] in blocks, as a convolution from ci to co channels wants it: O/b I/b kh kw bi bo; with whole
 * planes as input (`planes`) O/b I kh kw bo. Missing channels weigh nothing.
 */
export function denseFilter(c: Emitter, filter: TraceValue, planes = false): string {
  const { to } = c;
  const [kh, kw, ci, co] = filter.shape;
  const b = to.blockSize();
  const out = to.wholeBlocks(co);
  if (planes) {
    const blocks = to.reshape(grown(c, to.get(filter), [0, out - co]), [kh, kw, ci, out / b, b]);
    return to.reshape(c.graph.op('Transpose', [blocks], { perm: [3, 2, 0, 1, 4] }), [out, ci, kh, kw]);
  }
  const into = to.wholeBlocks(ci);
  const blocks = to.reshape(grown(c, to.get(filter), [into - ci, out - co]), [kh, kw, into / b, b, out / b, b]);
  return to.reshape(c.graph.op('Transpose', [blocks], { perm: [4, 2, 0, 1, 3, 5] }), [out, into, kh, kw]);
}

/** The filter that leads the gradient back, from co to ci channels: each plane turned by half a turn. */
export function backwardFilter(c: Emitter, filter: TraceValue): string {
  const { to } = c;
  const [kh, kw, ci, co] = filter.shape;
  const b = to.blockSize();
  const [into, out] = [to.wholeBlocks(ci), to.wholeBlocks(co)];
  const whole = grown(c, turned(c, filter), [into - ci, out - co]);
  const blocks = to.reshape(whole, [kh, kw, into / b, b, out / b, b]);
  return to.reshape(c.graph.op('Transpose', [blocks], { perm: [2, 4, 0, 1, 5, 3] }), [into, out, kh, kw]);
}

/** A depthwise filter [kh, kw, c, 1] in blocks, or with each plane turned by half a turn. */
export function depthwiseFilter(c: Emitter, filter: TraceValue, turn = false): string {
  const { to } = c;
  const [kh, kw, channels] = filter.shape;
  const b = to.blockSize();
  const whole = to.wholeBlocks(channels);
  const source = turn ? turned(c, filter) : to.get(filter);
  const blocks = to.reshape(grown(c, source, [whole - channels, 0]), [kh, kw, whole / b, b]);
  return to.reshape(c.graph.op('Transpose', [blocks], { perm: [2, 0, 1, 3] }), [whole, 1, kh, kw]);
}

/** [kh, kw, a, b] with zeros after the last two axes. */
function grown({ graph: g }: Emitter, name: string, by: readonly [number, number]): string {
  return by[0] + by[1] === 0 ? name : g.op('Pad', [name, g.ints([0, 0, 0, 0, 0, 0, ...by]), g.scalar(0)]);
}

/** Each plane of a filter turned by half a turn. */
function turned({ graph: g, to }: Emitter, filter: TraceValue): string {
  const own = to.get(filter);
  const [kh, kw] = filter.shape;
  if (kh * kw === 1) return own;
  const both = (v: number) => g.ints([v, v]);
  return g.op('Slice', [own, both(-1), both(-(2 ** 31)), g.ints([0, 1]), both(-1)]);
}
