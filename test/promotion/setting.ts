import { join } from 'node:path';
import { silent } from '../../src/core/progress.js';
import { createRng } from '../../src/core/rng.js';
import type { WeightFormat } from '../../src/costs/CostModel.js';
import { estimateCosts } from '../../src/costs/registry.js';
import { computeNormalisation } from '../../src/data/normalisation.js';
import { openDataset } from '../../src/data/openDataset.js';
import { makeSplits } from '../../src/data/splits.js';
import type { StudyData, TrainingConfig } from '../../src/distillation/TrainingConfig.js';
import type { Engine } from '../../src/engines/Engine.js';
import type { PromotionJob } from '../../src/promotion/promoteTrial.js';
import { loadSpace } from '../../src/spaces/loadSpace.js';
import type { Trial } from '../../src/store/types.js';
import { writeStripes } from '../cli/stripes.js';

export const training: TrainingConfig = {
  epochs: 3,
  batchSize: 32,
  optimiser: { name: 'adamw' },
  learningRate: 5e-3,
  schedule: { name: 'warmup-cosine' },
  clipNorm: 1,
  labelSmoothing: 0,
  losses: [{ loss: 'ce', weight: 1 }],
};

/** A completed trial of the minimal space for 12x12 grey images of three classes. */
export function trialOf(number: number, accuracy: number, seed: string, weights: WeightFormat = 'float32'): Trial {
  const space = loadSpace('minimal');
  const architecture = space.sample(createRng(seed));
  const spec = space.toModelSpec(architecture, { input: [12, 12, 1], classes: 3 });
  return {
    number,
    origin: 'search',
    architectureId: space.id(architecture),
    architecture,
    spec,
    costs: estimateCosts(spec, weights),
    state: 'COMPLETE',
    metrics: { accuracy },
    measured: {},
    repeats: [],
    reason: null,
    worker: 0,
    createdAt: 1,
    startedAt: 1,
    finishedAt: 2,
    rungs: [],
    launches: [],
  };
}

/** Stripes with a validation split of at least 16 images, which verification needs. */
export async function stripesData(folder: string): Promise<StudyData> {
  const dataset = await openDataset(writeStripes(join(folder, 'data'), 180, 60), { dataDir: folder });
  const splits = makeSplits(dataset, { seed: 1, validationFraction: 0.1, testFraction: 0.1 });
  return {
    dataset,
    splits,
    normalisation: computeNormalisation(dataset, splits.train),
    augmentation: { shift: 1, flip: false, views: 2, seed: 1 },
  };
}

/** A promotion without a teacher's outputs; the teacher's accuracy on test is made up and counted by `asked`. */
export function jobOf(
  engine: Engine,
  data: StudyData,
  dir: string,
  changes: Partial<PromotionJob> & { epochs?: number } = {},
): PromotionJob & { asked: { teacher: number } } {
  const weights = changes.weights ?? 'float32';
  const trial = changes.trial ?? trialOf(1, 0.5, 'promoted', weights);
  const { epochs = 3, ...rest } = changes;
  const asked = { teacher: 0 };
  return {
    study: 's',
    trial,
    data,
    training: { ...training, epochs },
    alone: false,
    seed: 1,
    engine,
    trainingEngine: engine,
    budgets: [{ metric: 'bytes', limit: estimateCosts(trial.spec, weights).bytes, text: 'just enough' }],
    weights,
    teacher: {
      digest: 'teacher',
      evaluate: () => {
        asked.teacher++;
        return Promise.resolve(0.9);
      },
    },
    dir,
    out: dir,
    reevaluate: false,
    progress: silent,
    asked,
    ...rest,
  };
}
