import type { TraceGraph } from '../ir.js';

/** How often each value is read, by its id; being an output of the graph counts. */
export function readersOf(graph: TraceGraph): ReadonlyMap<number, number> {
  const readers = new Map<number, number>();
  const read = (id: number): void => void readers.set(id, (readers.get(id) ?? 0) + 1);
  for (const node of graph.nodes) for (const v of Object.values(node.inputs)) read(v.id);
  for (const v of graph.outputs) read(v.id);
  return readers;
}
