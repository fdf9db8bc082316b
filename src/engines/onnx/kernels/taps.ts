import type { OnnxGraph } from '../lowering/OnnxGraph.js';
import type { Windows } from './windows.js';

/** The part of the padded `x` (in either order) that the filter's tap (i, j) meets. */
export function tap(g: OnnxGraph, x: string, w: Windows, i: number, j: number, firstAxis: number): string {
  const start = [i * w.h.dilation, j * w.w.dilation];
  const end = [start[0] + (w.h.out - 1) * w.h.stride + 1, start[1] + (w.w.out - 1) * w.w.stride + 1];
  const axes = g.ints([firstAxis, firstAxis + 1]);
  return g.op('Slice', [x, g.ints(start), g.ints(end), axes, g.ints([w.h.stride, w.w.stride])]);
}

/** `x` with the windows' zero padding; `order` gives each stored axis as an NHWC axis. */
export function padded(g: OnnxGraph, x: string, w: Windows, nchw: boolean): string {
  if (w.h.before + w.h.after + w.w.before + w.w.after === 0) return x;
  const side = (a: number, b: number) => (nchw ? [0, 0, a, b] : [0, a, b, 0]);
  return g.op('Pad', [x, g.ints([...side(w.h.before, w.w.before), ...side(w.h.after, w.w.after)]), g.scalar(0)]);
}

/** The parts of the padded `x` that the taps meet, row by row of the filter. */
export function taps(g: OnnxGraph, x: string, w: Windows, firstAxis: number): string[] {
  const [kh, kw] = [w.h.kernel, w.w.kernel];
  if (kh * kw * w.h.stride * w.w.stride === 1) return [x];
  return Array.from({ length: kh * kw }, (_, t) => tap(g, x, w, Math.floor(t / kw), t % kw, firstAxis));
}
