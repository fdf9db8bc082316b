import type { TraceGraph } from '../ir.js';
import { removeDead } from './removeDead.js';

const passes: readonly ((graph: TraceGraph) => TraceGraph)[] = [removeDead];

/** All graph passes, in order. */
export function optimise(graph: TraceGraph): TraceGraph {
  return passes.reduce((g, pass) => pass(g), graph);
}
