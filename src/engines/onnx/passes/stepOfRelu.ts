import type { TraceGraph } from '../ir.js';

/**
 * ReLU's gradient asks where its input was positive; its output tells the same. Without a second reader of the input,
 * onnxruntime can fuse the ReLU into the convolution before it, and the input's memory is free at once.
 */
export function stepOfRelu(graph: TraceGraph): TraceGraph {
  const relus = new Map(graph.nodes.filter((n) => n.kernel === 'Relu').map((n) => [n.inputs.x.id, n.outputs[0]]));
  const made = new Set<number>();
  const nodes = graph.nodes.map((node) => {
    for (const v of node.outputs) made.add(v.id);
    const y = node.kernel === 'Step' ? relus.get(node.inputs.x.id) : undefined;
    return y !== undefined && made.has(y.id) ? { ...node, inputs: { x: y } } : node;
  });
  return { ...graph, nodes };
}
