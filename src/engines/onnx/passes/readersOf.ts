import type { TraceGraph, TraceNode } from '../ir.js';

/** How often each value is read, by its id; being an output of the graph counts. */
export function readersOf(graph: TraceGraph): ReadonlyMap<number, number> {
  const readers = new Map<number, number>();
  const read = (id: number): void => void readers.set(id, (readers.get(id) ?? 0) + 1);
  for (const node of graph.nodes) for (const v of Object.values(node.inputs)) read(v.id);
  for (const v of graph.outputs) read(v.id);
  return readers;
}

/** The nodes that read each value, by its id, each of them once, in order; outputs of the graph are not among them. */
export function readingNodes(graph: TraceGraph): ReadonlyMap<number, readonly TraceNode[]> {
  const readers = new Map<number, TraceNode[]>();
  for (const node of graph.nodes) {
    for (const id of new Set(Object.values(node.inputs).map((v) => v.id))) {
      const known = readers.get(id);
      if (known === undefined) readers.set(id, [node]);
      else known.push(node);
    }
  }
  return readers;
}
