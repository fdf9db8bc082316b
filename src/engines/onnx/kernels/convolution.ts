import type { TraceValue } from '../ir.js';
import { applyActivation } from './activations.js';
import { blockedForward, blockedInputGradient } from '../blocked/convolutions.js';
import { blockedRowsFilterGradient, blockedTapFilterGradient } from '../blocked/filterGradients.js';
import { blockedFunction, isFusedName } from '../blocked/fusedFunction.js';
import { bandedForward, bandsOf } from './bands.js';
import { groupedFilterGradient, groupedInputGradient, groupsOf } from './grouped.js';
import { padded, taps } from './taps.js';
import type { InferCall, KernelEntry, KernelTable, LowerCall } from './types.js';
import { convWindows, windowAttrs, type Windows } from './windows.js';

const hwioToOihw = [3, 2, 0, 1];

/** A filter as ONNX wants it: [out, in, kh, kw]; a depthwise one [c * multiplier, 1, kh, kw]. */
export function filterOihw(c: LowerCall, filter: TraceValue, depthwise: boolean): string {
  const [kh, kw, ci, m] = filter.shape;
  const perm = depthwise ? [2, 3, 0, 1] : hwioToOihw;
  const moved = c.graph.op('Transpose', [c.to.get(filter)], { perm });
  return depthwise ? c.to.reshape(moved, [ci * m, 1, kh, kw]) : moved;
}

function forward(depthwise: boolean, fused: boolean): KernelEntry {
  return {
    infer: (c) => {
      const { outShape } = convWindows(c, c.in('x').shape, c.in('filter').shape, depthwise);
      return { shape: outShape, dtype: 'float32' };
    },
    lower: (c) => {
      const x = c.in('x');
      const filter = c.in('filter');
      const w = convWindows(c, x.shape, filter.shape, depthwise);
      const groups = depthwise ? x.shape[3] : groupsOf(x.shape, filter.shape);
      const bias = fused ? c.optional('bias') : undefined;
      const channels = c.out.shape[3];
      const vector = bias !== undefined && bias.shape[bias.shape.length - 1] === channels && bias.shape.length === 1;
      const then = fused ? c.attrs.str('activation', 'linear') : 'linear';
      if ((depthwise || groups === 1) && (bias === undefined || vector) && isFusedName(then)) {
        const blocks = blockedForward(c, w, depthwise, bias, blockedFunction(then));
        if (blocks !== undefined) return c.to.setBlocked(c.out, blocks);
      }
      const bands = depthwise ? bandsOf(c, w, x.shape, filter.shape[3]) : undefined;
      const fits = bands === undefined && vector;
      const attrs = {
        ...windowAttrs(w),
        dilations: [w.h.dilation, w.w.dilation],
        group: groups,
      };
      const operands = (): string[] => [
        c.to.nchw(x),
        filterOihw(c, filter, depthwise),
        ...(vector ? [c.to.get(bias)] : []),
      ];
      const whole = c.graph.isFinal && bands === undefined && (bias === undefined || vector);
      if (whole && then !== 'linear' && isFusedName(then)) {
        const y = c.graph.runtime('FusedConv', operands(), { ...attrs, ...blockedFunction(then) });
        return c.to.setNchw(c.out, y);
      }
      let y = bands !== undefined ? bandedForward(c, bands, x, filter) : c.graph.op('Conv', operands(), attrs);
      if (bias !== undefined && !fits) y = c.graph.op('Add', [y, c.to.nchwOperand(bias)]);
      if (fused) {
        const slope = c.optional('preluActivationWeights');
        y = applyActivation(c.graph, y, then, c.attrs.num('leakyreluAlpha', 0.2), slope && c.to.nchwOperand(slope));
      }
      c.to.setNchw(c.out, y);
    },
  };
}

/** dL/dx = dy convolved with the transposed filter. Also the forward pass of a transposed convolution. */
export function inputGradient(c: LowerCall, w: Windows, filter: TraceValue, depthwise: boolean): void {
  const groups = depthwise ? c.out.shape[3] : groupsOf(c.out.shape, filter.shape);
  if (!depthwise && groups > 1) {
    const grouped = groupedInputGradient(c, w, filter);
    if (grouped !== undefined) return c.to.setNchw(c.out, grouped);
  }
  const blocks = depthwise || groups === 1 ? blockedInputGradient(c, w, filter, depthwise) : undefined;
  if (blocks !== undefined) return c.to.setBlocked(c.out, blocks);
  const [kh, kw, ci, co] = filter.shape;
  if (!depthwise && groups === 1 && kh * kw * w.h.stride * w.w.stride === 1) {
    // [1, 1, in, out] is, as it lies, the filter that leads back; Conv spares the second pass of ConvTranspose.
    const back = c.to.reshape(c.to.get(filter), [ci, co, 1, 1]);
    const pads = [0, 0, 0, 0];
    if (w.h.before + w.h.after + w.w.before + w.w.after === 0) {
      return c.to.setNchw(c.out, c.graph.op('Conv', [c.to.nchw(c.in('dy')), back], { kernel_shape: [1, 1], pads }));
    }
  }
  const extra = (a: Windows['h']) =>
    a.size - ((a.out - 1) * a.stride + (a.kernel - 1) * a.dilation + 1 - a.before - a.after);
  const inputs = [c.to.nchw(c.in('dy')), filterOihw(c, filter, depthwise)];
  c.to.setNchw(
    c.out,
    c.graph.op('ConvTranspose', inputs, {
      kernel_shape: [w.h.kernel, w.w.kernel],
      strides: [w.h.stride, w.w.stride],
      dilations: [w.h.dilation, w.w.dilation],
      pads: [w.h.before, w.w.before, w.h.after, w.w.after],
      output_padding: [extra(w.h), extra(w.w)],
      group: groups,
    }),
  );
}

/** Up to this many input channels, all taps are joined to one product: products of few columns waste the processor. */
const fewChannels = 4;
/** From so many positions on, a product a sample, added up, beats one product over samples that must first be gathered. */
const manyPositions = 32;

/** dL/dW: for each tap of the filter, (the part of x that the tap meets)^T dy, over all samples and positions. */
function filterGradient(c: LowerCall, w: Windows): void {
  const [kh, kw, ci] = c.out.shape;
  const positions = w.h.out * w.w.out;
  if (groupsOf(c.in('x').shape, c.out.shape) > 1) return c.to.set(c.out, groupedFilterGradient(c, w));
  if (isPatching(w)) return c.to.set(c.out, c.to.reshape(productOfPatches(c, w), c.out.shape));
  const few = kh * kw === 1 || ci <= fewChannels;
  const blocks = (few ? blockedTapFilterGradient(c, w) : undefined) ?? blockedRowsFilterGradient(c, w);
  if (blocks !== undefined) return c.to.set(c.out, blocks);
  const bySample = kh * kw === 1 ? positions >= manyPositions : ci <= fewChannels;
  c.to.set(c.out, c.to.reshape(bySample ? productsBySample(c, w) : productsByTap(c, w), c.out.shape));
}

/** True where windows tile the image. */
function isPatching({ h, w }: Windows): boolean {
  const tiles = (a: Windows['h']) => a.kernel === a.stride && a.dilation === 1 && a.out * a.kernel === a.size;
  return h.kernel * w.kernel > 1 && tiles(h) && tiles(w);
}

/** [kh * kw * ci, co]: each tile of the image becomes a row of a matrix by moving axes, without a copy for each tap. */
function productOfPatches(c: LowerCall, { h, w }: Windows): string {
  const [, , ci, co] = c.out.shape;
  const dy = c.in('dy');
  const samples = dy.shape[0];
  const rows = samples * h.out * w.out;
  const tiles = c.to.reshape(c.to.get(c.in('x')), [samples, h.out, h.kernel, w.out, w.kernel * ci]);
  const moved = c.graph.op('Transpose', [tiles], { perm: [0, 1, 3, 2, 4] });
  const matrix = c.to.reshape(moved, [rows, h.kernel * w.kernel * ci]);
  return c.graph.op('Gemm', [matrix, c.to.reshape(c.to.get(dy), [rows, co])], { transA: 1 });
}

/** [kh * kw * ci, co]: of each sample, all taps' planes one below the other times dy^T. Nothing leaves NCHW order. */
function productsBySample(c: LowerCall, w: Windows): string {
  const g = c.graph;
  const [kh, kw, ci, co] = c.out.shape;
  const samples = c.in('dy').shape[0];
  const positions = w.h.out * w.w.out;
  const parts = taps(g, padded(g, c.to.nchw(c.in('x')), w, true), w, 2);
  const joined = parts.length === 1 ? parts[0] : g.op('Concat', parts, { axis: 1 });
  const dy = c.to.reshape(c.to.nchw(c.in('dy')), [samples, co, positions]);
  const right = g.op('Transpose', [dy], { perm: [0, 2, 1] });
  const products = g.op('MatMul', [c.to.reshape(joined, [samples, kh * kw * ci, positions]), right]);
  return g.op('ReduceSum', [products, g.ints([0])], { keepdims: 0 });
}

/** [kh, kw, ci, co]: dy [co, rows] times each tap [rows, ci]. In this form nothing is transposed within a product. */
function productsByTap(c: LowerCall, w: Windows): string {
  const g = c.graph;
  const [kh, kw, ci, co] = c.out.shape;
  const dy = c.in('dy');
  const rows = dy.shape[0] * dy.shape[1] * dy.shape[2];
  const left = c.to.channelRows(dy);
  const products = taps(g, padded(g, c.to.get(c.in('x')), w, false), w, 1).map((part) =>
    g.op('Gemm', [left, c.to.reshape(part, [rows, ci])]),
  );
  const joined = products.length === 1 ? products[0] : g.op('Concat', products, { axis: 0 });
  return g.op('Transpose', [c.to.reshape(joined, [kh * kw, co, ci])], { perm: [0, 2, 1] });
}

const shapeAttr = (name: string) => (c: InferCall) => ({ shape: c.attrs.nums(name), dtype: 'float32' as const });

export const convolutionKernels = {
  Conv2D: forward(false, false),
  FusedConv2D: forward(false, true),
  DepthwiseConv2dNative: forward(true, false),
  FusedDepthwiseConv2D: forward(true, true),
  Conv2DBackpropInput: {
    infer: shapeAttr('inputShape'),
    lower: (c) => {
      const filter = c.in('filter');
      inputGradient(c, convWindows(c, c.out.shape, filter.shape, false), filter, false);
    },
  },
  Conv2DBackpropFilter: {
    infer: shapeAttr('filterShape'),
    lower: (c) => filterGradient(c, convWindows(c, c.in('x').shape, c.out.shape, false)),
  },
} satisfies KernelTable;
