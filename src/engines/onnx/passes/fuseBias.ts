import type { TraceGraph, TraceNode } from '../ir.js';
import { readersOf } from './readersOf.js';

/** Conv2D whose only reader adds a vector over the channels becomes a convolution with a bias: one pass less. */
export function fuseBias(graph: TraceGraph): TraceGraph {
  const readers = readersOf(graph);
  const convolutions = new Map<number, TraceNode>();
  const gone = new Set<TraceNode>();
  const nodes = graph.nodes.map((node): TraceNode => {
    if (node.kernel === 'Conv2D' || node.kernel === 'DepthwiseConv2dNative') convolutions.set(node.outputs[0].id, node);
    if (node.kernel !== 'Add') return node;
    const { a, b } = node.inputs;
    const flip = !convolutions.has(a.id);
    const [y, bias] = flip ? [b, a] : [a, b];
    const conv = convolutions.get(y.id);
    if (conv === undefined || readers.get(y.id) !== 1) return node;
    if (bias.shape.length !== 1 || bias.shape[0] !== y.shape[3]) return node;
    gone.add(conv);
    return {
      kernel: conv.kernel === 'Conv2D' ? 'FusedConv2D' : 'FusedDepthwiseConv2D',
      inputs: { ...conv.inputs, bias },
      attrs: { ...conv.attrs, activation: 'linear' },
      outputs: node.outputs,
    };
  });
  return { ...graph, nodes: nodes.filter((n) => !gone.has(n)) };
}
