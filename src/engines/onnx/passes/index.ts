import type { TraceGraph } from '../ir.js';
import { fuseBias } from './fuseBias.js';
import { liftBroadcast, onesToBroadcast } from './liftBroadcast.js';
import { poolIndices } from './poolIndices.js';
import { removeDead } from './removeDead.js';
import { rewrite } from './rewrite.js';
import { stepOfRelu } from './stepOfRelu.js';

const passes: readonly ((graph: TraceGraph) => TraceGraph)[] = [
  removeDead,
  (g) => rewrite(g, [onesToBroadcast, liftBroadcast]),
  stepOfRelu,
  removeDead,
  fuseBias,
  poolIndices,
];

/** All graph passes, in order. */
export function optimise(graph: TraceGraph): TraceGraph {
  return passes.reduce((g, pass) => pass(g), graph);
}
