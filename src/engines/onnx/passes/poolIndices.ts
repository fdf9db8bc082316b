import type { TraceGraph } from '../ir.js';

/** A max pool whose gradient is in the graph yields its indices too, so that one ONNX node serves both. */
export function poolIndices(graph: TraceGraph): TraceGraph {
  const pooled = new Set(graph.nodes.flatMap((n) => (n.kernel === 'MaxPoolGrad' ? [n.inputs.input.id] : [])));
  const nodes = graph.nodes.map((n) =>
    n.kernel === 'MaxPool' && pooled.has(n.inputs.x.id) ? { ...n, attrs: { ...n.attrs, withIndices: true } } : n,
  );
  return { ...graph, nodes };
}
