import { isConstant, sameShape, sizeOf, type TraceValue } from '../ir.js';
import type { LowerCall } from '../kernels/types.js';
import { blockedAffine, blockedBySample, everywhere } from './channelwise.js';

type Kind = 'channel' | 'sample';

/** What the smaller operand of a binary kernel is beside the larger one, which lies in blocks. */
function kindOf(c: LowerCall, x: TraceValue, small: TraceValue): Kind | undefined {
  if (!c.to.hasBlocked(x) || !sameShape(x.shape, c.out.shape) || small.dtype !== 'float32' || isConstant(small)) {
    return undefined;
  }
  const [n, , , channels] = x.shape;
  if (small.shape[small.shape.length - 1] !== channels || channels === 1) return undefined;
  if (sizeOf(small.shape) === channels) return 'channel';
  const bySample = small.shape.length === 4 && small.shape[0] === n && sizeOf(small.shape) === n * channels;
  return bySample ? 'sample' : undefined;
}

function operands(
  c: LowerCall,
  a: TraceValue,
  b: TraceValue,
): { x: TraceValue; small: TraceValue; kind: Kind } | undefined {
  const forward = kindOf(c, a, b);
  if (forward !== undefined) return { x: a, small: b, kind: forward };
  const kind = kindOf(c, b, a);
  return kind && { x: b, small: a, kind };
}

/** A vector over the channels, whatever its rank. */
function vector(c: LowerCall, v: TraceValue): string {
  if (v.shape.length === 1) return c.to.padded(v);
  const channels = v.shape[v.shape.length - 1];
  const more = c.to.wholeBlocks(channels) - channels;
  const flat = c.to.reshape(c.to.get(v), [channels]);
  return more === 0 ? flat : c.graph.op('Pad', [flat, c.graph.ints([0, more]), c.graph.scalar(0)]);
}

/** a * b in blocks, or undefined where this is no product with a number for each channel (of each sample). */
export function channelwiseProduct(c: LowerCall, a: TraceValue, b: TraceValue): string | undefined {
  const found = operands(c, a, b);
  if (found === undefined) return undefined;
  const { x, small, kind } = found;
  if (kind === 'sample') return blockedBySample(c, x, small);
  return blockedAffine(c, c.to.blocked(x), c.to.wholeBlocks(x.shape[3]), vector(c, small));
}

/** The same for a + b. */
export function channelwiseSum(c: LowerCall, a: TraceValue, b: TraceValue): string | undefined {
  const found = operands(c, a, b);
  if (found === undefined) return undefined;
  const { x, small, kind } = found;
  if (kind === 'sample') return blockedBySample(c, x, undefined, small);
  const channels = c.to.wholeBlocks(x.shape[3]);
  return blockedAffine(c, c.to.blocked(x), channels, everywhere(c, channels, 1), vector(c, small));
}
