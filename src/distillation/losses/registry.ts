import type { LossEntry } from './LossEntry.js';
import { attention } from './attention.js';
import { ce } from './ce.js';
import { contrastive } from './contrastive.js';
import { crossCorrelation } from './crossCorrelation.js';
import { dist } from './dist.js';
import { dkd } from './dkd.js';
import { featureL2 } from './featureL2.js';
import { hard } from './hard.js';
import { hint } from './hint.js';
import { kd } from './kd.js';
import { logitStandardization } from './logitStandardization.js';
import { ofa } from './ofa.js';
import { pkt } from './pkt.js';
import { rkd } from './rkd.js';
import { similarity } from './similarity.js';
import { attendedLayers } from './attendedLayers.js';
import { attentionMaps } from './attentionMaps.js';
import { crd } from './crd.js';
import { graph } from './graph.js';
import { hiddenStates } from './hiddenStates.js';
import { review } from './review.js';

/** Every loss that a recipe may name. A new one is one file and one line. */
export const losses = {
  ce,
  kd,
  hard,
  dkd,
  dist,
  ofa,
  'logit-standardization': logitStandardization,
  hint,
  'feature-l2': featureL2,
  attention,
  similarity,
  rkd,
  pkt,
  contrastive,
  'cross-correlation': crossCorrelation,
  review,
  'hidden-states': hiddenStates,
  'attention-maps': attentionMaps,
  'attended-layers': attendedLayers,
  crd,
  graph,
} as const satisfies Record<string, LossEntry>;
export type LossName = keyof typeof losses;
