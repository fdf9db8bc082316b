import { Attrs } from '../attrs.js';
import type { TraceGraph, TraceNode } from '../ir.js';
import { isQuartering } from '../kernels/maxPoolQuarters.js';
import { poolWindows } from '../kernels/windows.js';

/** A max pool whose gradient needs its indices yields them too, so that one ONNX node serves both. */
export function poolIndices(graph: TraceGraph): TraceGraph {
  const pooled = new Set(graph.nodes.filter(needsIndices).map((n) => n.inputs.input.id));
  const nodes = graph.nodes.map((n) =>
    n.kernel === 'MaxPool' && pooled.has(n.inputs.x.id) ? { ...n, attrs: { ...n.attrs, withIndices: true } } : n,
  );
  return { ...graph, nodes };
}

function needsIndices(node: TraceNode): boolean {
  if (node.kernel !== 'MaxPoolGrad') return false;
  return !isQuartering(poolWindows({ attrs: new Attrs(node.kernel, node.attrs) }, node.inputs.input.shape));
}
