import type { TrainingConfig } from '../distillation/TrainingConfig.js';
import type { LossTerm } from '../spaces/SearchSpace.js';
import type { StudyConfig } from './StudyConfig.js';

/** The training that a study's settings describe; `losses` of an architecture replace the study's own. */
export function trainingOf(config: StudyConfig, losses?: readonly LossTerm[]): TrainingConfig {
  return {
    epochs: config.epochs,
    batchSize: config.batchSize,
    optimiser: { name: 'adamw', options: { weightDecay: config.weightDecay } },
    learningRate: config.learningRate,
    schedule: { name: 'warmup-cosine' },
    clipNorm: config.clipNorm,
    labelSmoothing: config.labelSmoothing,
    losses: losses ?? config.losses,
  };
}

/** Every loss term that a candidate of the study may use: the study's own and all that the space's choices can set. */
export function possibleLosses(config: StudyConfig, sampled: readonly (readonly LossTerm[] | undefined)[]): LossTerm[] {
  const byName = new Map<string, LossTerm>();
  for (const term of [...config.losses, ...sampled.flatMap((terms) => terms ?? [])]) {
    byName.set(JSON.stringify(term), term);
  }
  return [...byName.values()];
}
