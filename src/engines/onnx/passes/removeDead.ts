import type { TraceGraph, TraceNode } from '../ir.js';

/** Drops nodes that no output depends on. */
export function removeDead(graph: TraceGraph): TraceGraph {
  const needed = new Set(graph.outputs.map((v) => v.id));
  const kept: TraceNode[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((v) => needed.has(v.id))) continue;
    for (const v of Object.values(node.inputs)) needed.add(v.id);
    kept.push(node);
  }
  return { ...graph, nodes: kept.reverse() };
}
