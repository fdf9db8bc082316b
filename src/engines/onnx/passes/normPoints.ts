import { createValue, isConstant, sizeOf, type TraceGraph, type TraceNode, type TraceValue } from '../ir.js';
import { normaliseBatch, normaliseBatchGrad } from '../kernels/batchNorm.js';
import { pointNorm, pointNormGrad } from '../kernels/pointNorm.js';
import { readingNodes } from './readersOf.js';

/**
 * A convolution over single points that widens x, and a batch norm in training that alone reads its result, become one kernel, and
 * so do their gradients (kernels/pointNorm says why).
 */
export function normPoints(graph: TraceGraph): TraceGraph {
  const readers = readingNodes(graph);
  const kept = new Set(graph.outputs.map((v) => v.id));
  /** The nodes that read `v`, or undefined if it is an output of the graph as well. */
  const only = (v: TraceValue) => (kept.has(v.id) ? undefined : (readers.get(v.id) ?? []));
  const instead = new Map<TraceNode, TraceNode>();
  const gone = new Set<TraceNode>();
  for (const conv of graph.nodes) {
    if (conv.kernel !== 'Conv2D' || !widensPoints(conv)) continue;
    const { x, filter } = conv.inputs;
    const reading = only(conv.outputs[0]);
    const norm = reading?.find((n) => n.kernel === normaliseBatch);
    const others = reading?.filter((n) => n !== norm);
    if (norm === undefined || others === undefined || others.length > 1) continue;
    const [gradient] = others;
    const backwards = gradient && readersOfGradient(gradient, conv, only(gradient.outputs[0]));
    if (gradient !== undefined && backwards === undefined) continue;
    const { gamma, beta } = norm.inputs;
    const [y, mean, variance] = norm.outputs;
    const centred = createValue(x);
    const weighted = createValue({ shape: filter.shape.slice(2), dtype: 'float32' });
    const outputs = [y, mean, variance, centred, weighted];
    instead.set(norm, { kernel: pointNorm, inputs: { x, filter, gamma, beta }, attrs: norm.attrs, outputs });
    gone.add(conv);
    if (gradient === undefined || backwards === undefined) continue;
    const [, dGamma, dBeta] = gradient.outputs;
    const inputs = { dy: gradient.inputs.dy, x: centred, filter, gamma, variance, weighted };
    const { dx = createValue(x), dFilter = createValue(filter) } = backwards;
    const gradients = [dx, dFilter, dGamma, dBeta];
    instead.set(gradient, { kernel: pointNormGrad, inputs, attrs: gradient.attrs, outputs: gradients });
    for (const n of backwards.nodes) gone.add(n);
  }
  if (instead.size === 0) return graph;
  return { ...graph, nodes: graph.nodes.filter((n) => !gone.has(n)).map((n) => instead.get(n) ?? n) };
}

/** From so many values on, a tensor is not found in a cache when it is read next. */
const beyondCaches = 2 ** 21;

/**
 * What the kernel computes in addition grows with the square of the narrow side; what it saves, with the wide one, and the more the farther
 * away that lies. At a batch of 64 it is neither faster nor slower from 64 to 256 channels on 8x8 points, and from 128 to 384 on 16x16.
 * Beside that it wants whole blocks of 8 or 16 channels, or half a one, and enough points for a product of them.
 */
function widensPoints({ inputs: { x, filter }, outputs: [z], attrs }: TraceNode): boolean {
  const [kh, kw, into, out] = filter.shape;
  const [, h, w] = x.shape;
  const ones = (value: unknown): boolean => value === undefined || [value].flat().every((v) => v === 1);
  return (
    kh * kw === 1 &&
    into === x.shape[3] &&
    ones(attrs.strides) &&
    ones(attrs.dilations) &&
    (attrs.dataFormat ?? 'NHWC') === 'NHWC' &&
    z.shape[1] === h &&
    z.shape[2] === w &&
    !isConstant(x) &&
    into % 4 === 0 &&
    out % 4 === 0 &&
    into >= 8 &&
    out >= 2 * into &&
    (h * w >= 32 || h * w === 16) &&
    into ** 2 <= (sizeOf(z.shape) < beyondCaches ? 12 : 40) * out
  );
}

/** What the gradient of z goes on to, if that is no more than the convolution's own gradients. */
function readersOfGradient(
  gradient: TraceNode,
  { inputs: { x, filter } }: TraceNode,
  reading: readonly TraceNode[] | undefined,
): { nodes: readonly TraceNode[]; dx?: TraceValue; dFilter?: TraceValue } | undefined {
  if (gradient.kernel !== normaliseBatchGrad || reading === undefined) return undefined;
  const [dz] = gradient.outputs;
  const toInput = reading.filter((n) => n.kernel === 'Conv2DBackpropInput' && n.inputs.filter.id === filter.id);
  const toFilter = reading.filter(
    (n) => n.kernel === 'Conv2DBackpropFilter' && n.inputs.x.id === x.id && n.inputs.dy.id === dz.id,
  );
  const nodes = [...toInput, ...toFilter];
  if (toInput.length > 1 || toFilter.length > 1 || nodes.length !== reading.length) return undefined;
  return { nodes, dx: toInput[0]?.outputs[0], dFilter: toFilter[0]?.outputs[0] };
}
