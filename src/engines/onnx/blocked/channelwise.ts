import type { TraceValue } from '../ir.js';
import type { Emitter } from '../kernels/types.js';
import type { OnnxAttr } from '../lowering/OnnxGraph.js';

/** Sums of more numbers than this are made of sums of parts, for the sake of their accuracy. */
const longestSum = 1024;

/** Attributes of a function that a blocked convolution applies to its result. */
export type FusedFunction = Readonly<Record<string, OnnxAttr>>;

/** x * scale + offset in one pass, with one number a channel: a depthwise convolution of one tap. `plus` is added to it. */
export function blockedAffine(
  c: Emitter,
  x: string,
  channels: number,
  scale: string,
  offset?: string,
  { then = {}, plus }: { then?: FusedFunction; plus?: string } = {},
): string {
  const inputs = [x, c.to.reshape(scale, [channels, 1, 1, 1]), offset ?? '', plus ?? ''];
  while (inputs[inputs.length - 1] === '') inputs.pop();
  return c.graph.blocked('Conv', inputs, { kernel_shape: [1, 1], group: channels, ...then });
}

/** x with a function applied to it. */
export function blockedIdentity(c: Emitter, x: string, channels: number, then: FusedFunction): string {
  return blockedAffine(c, x, channels, everywhere(c, channels, 1), undefined, { then });
}

/** A vector of equal numbers. */
export function everywhere(c: Emitter, length: number, value: number): string {
  return c.graph.constant('float32', [length], new Float32Array(length).fill(value));
}

/** `x` (held in blocks) times and plus a number for each channel of each sample: each is a channel of one long sample. */
export function blockedBySample(c: Emitter, x: TraceValue, scale?: TraceValue, offset?: TraceValue): string {
  const { graph: g, to } = c;
  const [n, h, w, ch] = x.shape;
  const whole = to.wholeBlocks(ch);
  const all = n * whole;
  const vector = (v: TraceValue): string => {
    const rows = to.reshape(to.get(v), [n, ch]);
    const grown = whole === ch ? rows : g.op('Pad', [rows, g.ints([0, 0, 0, whole - ch]), g.scalar(0)]);
    return to.reshape(grown, [all]);
  };
  const long = to.reshape(to.blocked(x), [1, all, h, w]);
  const by = scale ? vector(scale) : g.op('Expand', [g.scalar(1), g.ints([all])]);
  return to.reshape(blockedAffine(c, long, all, by, offset && vector(offset)), [n, whole, h, w]);
}

/**
 * Sum over all positions of each channel of each sample, [N, C'], of a times b: a is convolved with b, all of it being one
 * depthwise filter as large as its plane. Nothing but the sums is written.
 */
export function dotsBySample(c: Emitter, shape: readonly number[], a: string, b: string): string {
  const { graph: g, to } = c;
  const [n, h, w, ch] = shape;
  const whole = to.wholeBlocks(ch);
  const parts = partsOf(h, w);
  const all = n * whole * parts;
  const rows = h / parts;
  const operands = [to.reshape(a, [1, all, rows, w]), to.reshape(b, [all, 1, rows, w])];
  const dots = g.blocked('Conv', operands, { kernel_shape: [rows, w], group: all });
  return joined(c, dots, n, whole, parts, 'ReduceSum');
}

/** Mean over all positions of each channel of each sample, [N, C']. */
export function meansBySample(c: Emitter, shape: readonly number[], x: string): string {
  const { graph: g, to } = c;
  const [n, h, w, ch] = shape;
  const whole = to.wholeBlocks(ch);
  const parts = partsOf(h, w);
  const planes = parts === 1 ? x : to.reshape(x, [1, n * whole * parts, h / parts, w]);
  return joined(c, g.blocked('GlobalAveragePool', [planes]), n, whole, parts, 'ReduceMean');
}

/** [N, C'] of one number for each part of each plane: a block's rows lie one after the other, so that parts are planes. */
function joined(
  c: Emitter,
  x: string,
  n: number,
  whole: number,
  parts: number,
  how: 'ReduceSum' | 'ReduceMean',
): string {
  const { graph: g, to } = c;
  if (parts === 1) return to.reshape(x, [n, whole]);
  const size = to.blockSize();
  const split = to.reshape(x, [(n * whole) / size, parts, size]);
  return to.reshape(g.op(how, [split, g.ints([1])], { keepdims: 0 }), [n, whole]);
}

/** Sum over samples and positions of each channel, [C'], of a times b. */
export function dotsByChannel(c: Emitter, shape: readonly number[], a: string, b: string): string {
  return c.graph.op('ReduceSum', [dotsBySample(c, shape, a, b), c.graph.ints([0])], { keepdims: 0 });
}

/** Mean over samples and positions of each channel, [C']. */
export function meansByChannel(c: Emitter, shape: readonly number[], x: string): string {
  return c.graph.op('ReduceMean', [meansBySample(c, shape, x), c.graph.ints([0])], { keepdims: 0 });
}

/** Into how many equal parts the rows of a plane are divided, so that none is too long. */
function partsOf(height: number, width: number): number {
  for (let parts = 1; parts < height; parts++) {
    if (height % parts === 0 && (height / parts) * width <= longestSum) return parts;
  }
  return height;
}
