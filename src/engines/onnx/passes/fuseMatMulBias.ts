import type { TraceGraph, TraceNode } from '../ir.js';
import { readersOf } from './readersOf.js';

/** A product of two matrices whose only reader adds a vector to every row: Gemm does both in one pass. */
export function fuseMatMulBias(graph: TraceGraph): TraceGraph {
  const readers = readersOf(graph);
  const products = new Map<number, TraceNode>();
  const gone = new Set<TraceNode>();
  const nodes = graph.nodes.map((node): TraceNode => {
    if (node.kernel === 'BatchMatMul' && node.outputs[0].shape.length === 2) products.set(node.outputs[0].id, node);
    if (node.kernel !== 'Add') return node;
    const { a, b } = node.inputs;
    const [y, bias] = products.has(a.id) ? [a, b] : [b, a];
    const product = products.get(y.id);
    if (product === undefined || readers.get(y.id) !== 1) return node;
    if (bias.shape.length !== 1 || bias.shape[0] !== y.shape[1] || bias.fill !== undefined) return node;
    gone.add(product);
    return {
      kernel: '_FusedMatMul',
      inputs: { ...product.inputs, bias },
      attrs: { ...product.attrs, activation: 'linear' },
      outputs: node.outputs,
    };
  });
  return { ...graph, nodes: nodes.filter((n) => !gone.has(n)) };
}
