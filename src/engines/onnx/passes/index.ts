import type { TraceGraph } from '../ir.js';
import { beforeMaxPool } from './beforeMaxPool.js';
import { fuseAffine } from './fuseAffine.js';
import { fuseBias } from './fuseBias.js';
import { fuseHardSigmoid } from './fuseHardSigmoid.js';
import { fuseMatMulBias } from './fuseMatMulBias.js';
import { liftBroadcast, onesToBroadcast } from './liftBroadcast.js';
import { poolIndices } from './poolIndices.js';
import { removeDead } from './removeDead.js';
import { rewrite } from './rewrite.js';
import { stepOfRelu } from './stepOfRelu.js';
import { scaleBeforeSwap, swapBeforeScale, swapHeads } from './swapHeads.js';
import { oneReshape, withoutCopies } from './withoutCopies.js';

const passes: readonly ((graph: TraceGraph) => TraceGraph)[] = [
  removeDead,
  (g) =>
    rewrite(g, [
      withoutCopies,
      oneReshape,
      scaleBeforeSwap,
      swapBeforeScale,
      onesToBroadcast,
      liftBroadcast,
      fuseHardSigmoid,
    ]),
  stepOfRelu,
  (g) => rewrite(g, [beforeMaxPool]),
  removeDead,
  swapHeads,
  removeDead,
  fuseBias,
  fuseMatMulBias,
  fuseAffine,
  poolIndices,
];

/** All graph passes, in order. */
export function optimise(graph: TraceGraph): TraceGraph {
  return passes.reduce((g, pass) => pass(g), graph);
}
