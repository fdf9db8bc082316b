import { createValue, type TraceGraph, type TraceNode, type TraceValue } from '../ir.js';
import { normaliseBatch, normaliseBatchGrad } from '../kernels/batchNorm.js';
import { readingNodes } from './readersOf.js';

/**
 * In blocks, batch norm finds the variance as mean(x^2) - mean(x)^2, which wants a mean that is small beside the deviation.
 * So a value near the mean (the moving mean) is taken off x beforehand: normalisation does not see it, and the mean that goes
 * to the averages gets it back. Where a convolution without bias makes x, it costs nothing: it is the bias.
 */
export function centreBeforeNorm(graph: TraceGraph): TraceGraph {
  const norms = graph.nodes.filter((n) => n.kernel === normaliseBatch && 'near' in n.inputs);
  if (norms.length === 0) return graph;
  const producers = new Map(graph.nodes.flatMap((n) => n.outputs.map((v) => [v.id, n] as const)));
  const readers = readingNodes(graph);
  const before = new Map<TraceNode, TraceNode[]>();
  const instead = new Map<TraceNode, TraceNode>();
  const after = new Map<TraceNode, TraceNode>();
  const current = (n: TraceNode): TraceNode => instead.get(n) ?? n;
  for (const norm of norms) {
    const { x, near, ...rest } = norm.inputs;
    const [y, mean, variance] = norm.outputs;
    const gradients = (readers.get(mean.id) ?? []).filter((n) => n.kernel === normaliseBatchGrad);
    const conv = producers.get(x.id);
    const vector = (): TraceValue => createValue({ shape: mean.shape, dtype: 'float32' });
    const [minus, centredMean] = [vector(), vector()];
    const negative: TraceNode = { kernel: 'Neg', inputs: { x: near }, attrs: {}, outputs: [minus] };
    const alone =
      !graph.outputs.some((v) => v.id === x.id) &&
      (readers.get(x.id) ?? []).every((n) => n === norm || gradients.includes(n));
    let centred = x;
    if (conv !== undefined && alone && conv.kernel in withBias && near.input !== undefined) {
      before.set(conv, [...(before.get(conv) ?? []), negative]);
      const attrs = { ...conv.attrs, activation: 'linear' };
      instead.set(conv, { ...conv, kernel: withBias[conv.kernel], inputs: { ...conv.inputs, bias: minus }, attrs });
    } else {
      centred = createValue(x);
      const shift: TraceNode = { kernel: 'Add', inputs: { a: x, b: minus }, attrs: {}, outputs: [centred] };
      before.set(norm, [negative, shift]);
    }
    const inputs = { ...rest, x: centred };
    instead.set(norm, { ...norm, inputs, outputs: [y, centredMean, variance] });
    for (const gradient of gradients) {
      const own = current(gradient);
      instead.set(gradient, { ...own, inputs: { ...own.inputs, x: centred, mean: centredMean } });
    }
    const whole: TraceNode = { kernel: 'Add', inputs: { a: centredMean, b: near }, attrs: {}, outputs: [mean] };
    after.set(norm, whole);
  }
  return {
    ...graph,
    nodes: graph.nodes.flatMap((n) => {
      const last = after.get(n);
      return [...(before.get(n) ?? []), current(n), ...(last ? [last] : [])];
    }),
  };
}

const withBias: Readonly<Record<string, string>> = {
  Conv2D: 'FusedConv2D',
  DepthwiseConv2dNative: 'FusedDepthwiseConv2D',
};
