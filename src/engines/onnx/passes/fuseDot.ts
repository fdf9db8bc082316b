import { sameShape, type TraceGraph, type TraceNode } from '../ir.js';
import { readersOf } from './readersOf.js';

/** The sum over positions of a product that nobody else reads need not be written down as a product first. */
export function fuseDot(graph: TraceGraph): TraceGraph {
  const readers = readersOf(graph);
  const products = new Map<number, TraceNode>();
  const gone = new Set<TraceNode>();
  const nodes = graph.nodes.map((node): TraceNode => {
    const { a, b, x } = node.inputs;
    if (node.kernel === 'Multiply' && isImage(node) && sameShape(a.shape, b.shape))
      products.set(node.outputs[0].id, node);
    if (node.kernel !== 'Sum') return node;
    const product = products.get(x.id);
    const axes = String(node.attrs.axis);
    if (product === undefined || readers.get(x.id) !== 1 || (axes !== '1,2' && axes !== '0,1,2')) return node;
    gone.add(product);
    return { ...node, kernel: 'SumOfProducts', inputs: product.inputs };
  });
  return { ...graph, nodes: nodes.filter((n) => !gone.has(n)) };
}

function isImage({ inputs: { a, b }, outputs: [out] }: TraceNode): boolean {
  return out.shape.length === 4 && out.dtype === 'float32' && a.fill === undefined && b.fill === undefined;
}
