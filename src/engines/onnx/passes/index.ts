import type { TraceGraph } from '../ir.js';
import { beforeMaxPool } from './beforeMaxPool.js';
import { centreBeforeNorm } from './centreBeforeNorm.js';
import { foldAffine } from './foldAffine.js';
import { clipGradient } from './clipGradient.js';
import { fuseActivation } from './fuseActivation.js';
import { fuseAffine } from './fuseAffine.js';
import { fuseBias } from './fuseBias.js';
import { fuseDot } from './fuseDot.js';
import { fuseHardSigmoid } from './fuseHardSigmoid.js';
import { fuseMatMulBias } from './fuseMatMulBias.js';
import { liftBroadcast, onesToBroadcast } from './liftBroadcast.js';
import { normPoints } from './normPoints.js';
import { poolIndices } from './poolIndices.js';
import { removeDead } from './removeDead.js';
import { rewrite } from './rewrite.js';
import { scaleInProduct } from './scaleInProduct.js';
import { stepOfRelu } from './stepOfRelu.js';
import { scaleAfterNorm } from './scaleAfterNorm.js';
import { swishInNorm } from './swishInNorm.js';
import { scaleBeforeSwap, swapBeforeScale, swapHeads } from './swapHeads.js';
import { oneReshape, withoutCopies } from './withoutCopies.js';
import { withoutGradient } from './withoutGradient.js';

type Pass = (graph: TraceGraph) => TraceGraph;

const cleaning: readonly Pass[] = [
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
      clipGradient,
    ]),
];

const shaping: readonly Pass[] = [
  stepOfRelu,
  (g) => rewrite(g, [beforeMaxPool]),
  removeDead,
  swapHeads,
  removeDead,
  fuseBias,
  fuseMatMulBias,
  fuseAffine,
  fuseDot,
  poolIndices,
];

/** For graphs that are run here and not written to a file: fewer passes over memory, on weights that change. */
const finishing: readonly Pass[] = [foldAffine, fuseActivation, withoutGradient];

const byTarget = {
  file: [...cleaning, ...shaping],
  run: [...cleaning, ...shaping, ...finishing],
  /** Run with operators on blocks of channels. */
  blocks: [
    ...cleaning,
    normPoints,
    centreBeforeNorm,
    ...shaping,
    scaleAfterNorm,
    swishInNorm,
    ...finishing,
    scaleInProduct,
    removeDead,
  ],
} as const satisfies Record<string, readonly Pass[]>;

/** All graph passes, in order. */
export function optimise(graph: TraceGraph, target: keyof typeof byTarget = 'file'): TraceGraph {
  const passes: readonly Pass[] = byTarget[target];
  return passes.reduce((g, pass) => pass(g), graph);
}
