import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { atomicWrite } from '../core/atomicWrite.js';
import { digestOf, sha256 } from '../core/digest.js';
import { NasDistillError } from '../core/errors.js';
import { makeDirectory } from '../core/makeDirectory.js';
import type { Progress } from '../core/progress.js';
import { violations } from '../costs/budgets.js';
import type { Budget, WeightFormat } from '../costs/CostModel.js';
import { estimateCosts, formatCost } from '../costs/registry.js';
import { companionFiles } from '../data/samples.js';
import { evaluateModel } from '../distillation/evaluateModel.js';
import type { StudyData, TrainingConfig } from '../distillation/TrainingConfig.js';
import type { Engine, HostTensors } from '../engines/Engine.js';
import { predictionsFile } from '../store/Predictions.js';
import type { Trial } from '../store/types.js';
import { packWeights } from '../teachers/teacherFiles.js';
import { modelFiles } from './exported.js';
import { exportStudent } from './exportStudent.js';
import { predictionsOf } from './predictionsOf.js';
import { logitsOf } from './runStudent.js';
import { asStored } from './storage.js';
import { dayOf, TestResults } from './TestResults.js';
import { trainStudents } from './trainStudents.js';
import { refuseFewImages, verifyExport, type Verification } from './verifyExport.js';

export interface PromotionJob {
  readonly study: string;
  readonly trial: Trial;
  /** All of the training data, with the teacher's outputs on it. */
  readonly data: StudyData;
  /** The full recipe, under the teacher. */
  readonly training: TrainingConfig;
  /** Train the same student without the teacher too. */
  readonly alone: boolean;
  readonly seed: number;
  /** For evaluation and verification. */
  readonly engine: Engine;
  /** For the training, or for two of them side by side under `alone`; the same kind of engine. */
  readonly trainingEngine: Engine;
  readonly budgets: readonly Budget[];
  /** How the exported weights are stored, which the budgets count. */
  readonly weights: WeightFormat;
  readonly teacher: {
    readonly digest: string;
    /** Accuracy on the test split. */
    readonly evaluate: () => Promise<number>;
    /** Its logits [samples, classes] of validation samples; without them no predictions are recorded. */
    readonly answers?: (indices: Int32Array) => Promise<Float32Array>;
  };
  /** Where checkpoints and the test results stay. */
  readonly dir: string;
  /** Where the exported student goes. */
  readonly out: string;
  /** Look at test again, though it was evaluated for this trial before. */
  readonly reevaluate: boolean;
  /** When the study has recorded a promotion of this trial. */
  readonly promotedAt?: number;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

export interface Promotion {
  /** Accuracies on test; students with their weights as they are stored. */
  readonly student: number;
  readonly alone: number | null;
  readonly teacher: number;
  /** When test was evaluated, if that was before this promotion. */
  readonly reused: number | null;
  readonly verification: Verification;
  /** As trained, float32. */
  readonly variables: HostTensors;
}

/** Below `out`: files that were written and not verified yet. */
export const unverifiedDir = '.nas-distill-unverified';

/**
 * Distils a trial's student in full, trains it alone beside that as the control, exports the distilled one, verifies what was
 * written on validation, and evaluates both next to the teacher once on test. Each training goes on from its last epoch
 * after an interruption. What fails its verification stays in a folder of its own, and nothing else in `out` changes.
 * @throws NasDistillError INFEASIBLE before anything is trained; VERIFICATION; USAGE if test was evaluated before under other settings
 */
export async function promoteTrial(job: PromotionJob): Promise<Promotion> {
  const { trial, data, engine, dir, out, weights, progress } = job;
  refuseOverBudget(job);
  refuseFewImages({ dataset: data.dataset, normalisation: data.normalisation, indices: data.splits.validation });
  const settings = settingsOf(job);
  const tests = TestResults.open(join(dir, 'test.json'), settings, {
    again: job.reevaluate,
    ...(job.promotedAt === undefined ? {} : { promotedAt: job.promotedAt }),
  });

  // Before the training: a place that cannot be written is found out now, not hours later.
  const unverified = join(out, unverifiedDir);
  rmSync(unverified, { recursive: true, force: true });
  makeDirectory(unverified);

  const { distilled: variables, alone: plain } = await trainStudents(job, settings);

  const companions = companionFiles(data.dataset);
  await exportStudent({
    dir: unverified,
    spec: trial.spec,
    variables,
    weights,
    metadata: {
      study: job.study,
      trial: String(trial.number),
      classes: JSON.stringify(data.dataset.classes),
      normalisation: JSON.stringify(data.normalisation),
    },
    companions,
  });
  const { dataset, normalisation, splits } = data;
  const verification = await verifyExport({
    dir: unverified,
    spec: trial.spec,
    variables,
    weights,
    engine,
    source: { dataset, normalisation, indices: splits.validation },
    budgets: job.budgets,
  });

  const tested = async (who: 'student' | 'alone', trained: HostTensors) => {
    const stored = asStored(trained, weights);
    return tests.once(who, sha256(packWeights(stored).bytes), async () => {
      const classes = dataset.classes.length;
      const options = { spec: trial.spec, variables: stored, engine, dataset, normalisation, classes };
      return (await evaluateModel({ ...options, indices: splits.test })).accuracy;
    });
  };
  const student = await tested('student', variables);
  const alone = plain === undefined ? null : await tested('alone', plain);
  const teacher = await tests.once('teacher', job.teacher.digest, job.teacher.evaluate);
  if (tests.reused !== undefined) {
    progress.info(`test was evaluated on ${dayOf(tests.reused)}: those results are used (--reevaluate looks again)`);
  }

  for (const file of [...modelFiles, ...companions.map(({ name }) => name)])
    renameSync(join(unverified, file), join(out, file));
  rmSync(unverified, { recursive: true, force: true });
  await recordPredictions(job, variables, plain);
  return { student, alone, teacher, reused: tests.reused ?? null, verification, variables };
}

/** What student, control and teacher answer on validation, beside the model: the report shows it. */
async function recordPredictions(job: PromotionJob, distilled: HostTensors, plain?: HostTensors): Promise<void> {
  const { trial, data, engine, weights, teacher, out } = job;
  if (teacher.answers === undefined) return;
  const { dataset, normalisation } = data;
  const indices = data.splits.validation;
  const of = (trained: HostTensors) =>
    logitsOf(engine, trial.spec, asStored(trained, weights), { dataset, normalisation, indices });
  const logits = {
    student: await of(distilled),
    ...(plain === undefined ? {} : { alone: await of(plain) }),
    teacher: await teacher.answers(indices),
  };
  const predictions = await predictionsOf({ dataset, indices, logits });
  atomicWrite(join(out, predictionsFile), `${JSON.stringify(predictions)}\n`);
}

/** Before anything is trained: what the export will take, against the budgets. */
function refuseOverBudget({ trial, budgets, weights }: PromotionJob): void {
  // Latency was predicted when the trial was proposed and does not depend on how weights are stored.
  const costs = { ...trial.costs, ...estimateCosts(trial.spec, weights) };
  const broken = budgets.find((_, i) => violations(costs, budgets)[i] > 0);
  if (broken === undefined) return;
  const { metric, text } = broken;
  throw new NasDistillError(
    'INFEASIBLE',
    `trial ${trial.number} takes ${formatCost(metric, costs[metric])} of ${metric} as ${weights}, over the budget ${text}`,
    { hint: 'Promote another trial, or search again with this version.' },
  );
}

/** Digest of all that decides which student comes out. */
function settingsOf(job: PromotionJob): string {
  const { trial, training, seed, data, trainingEngine, weights, teacher } = job;
  return digestOf({
    spec: trial.spec,
    training,
    seed,
    data: data.dataset.digest,
    augmentation: data.augmentation,
    outputs: data.teacher?.digest ?? null,
    teacher: teacher.digest,
    engine: trainingEngine.info.name,
    weights,
  });
}
