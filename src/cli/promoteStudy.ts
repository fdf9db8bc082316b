import { existsSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { atomicWrite } from '../core/atomicWrite.js';
import { digestOf } from '../core/digest.js';
import { NasDistillError } from '../core/errors.js';
import { computeNormalisation } from '../data/normalisation.js';
import { checkTraining } from '../distillation/checkTraining.js';
import { completeRecipe } from '../distillation/recipes/completeRecipe.js';
import { loadRecipe } from '../distillation/recipes/loadRecipe.js';
import { requestedTaps } from '../distillation/requestedTaps.js';
import { chooseEngine, openEngine } from '../engines/registry.js';
import { exported, modelFiles } from '../promotion/exported.js';
import { modelCard } from '../promotion/modelCard.js';
import { pickTrial, type Pick } from '../promotion/pickTrial.js';
import { promoteTrial, type PromotionJob } from '../promotion/promoteTrial.js';
import { promotionFacts } from '../promotion/promotionFacts.js';
import { parseStudyConfig } from '../search/StudyConfig.js';
import { studyTargets } from '../search/studyTargets.js';
import { augmentationOf, trainingOf } from '../search/trainingOf.js';
import { loadSpace } from '../spaces/loadSpace.js';
import type { PromotionRecord, StudyRecord, TrialStore } from '../store/types.js';
import { taskOf } from '../tasks/registry.js';
import { evaluateTeacher } from '../teachers/evaluateTeacher.js';
import { openTeacher } from '../teachers/openTeacher.js';
import { teacherOutputs } from '../teachers/teacherCache.js';
import { teacherShapes } from '../teachers/TeacherModel.js';
import { readRecord } from '../teachers/teacherFiles.js';
import { teacherLogits } from '../teachers/teacherLogits.js';
import { describePromotion, promotionDocument } from './describePromotion.js';
import { cores } from './flags.js';
import type { Io } from './Io.js';
import { measureExported } from './measureExported.js';
import { resultPaths } from './paths.js';
import { fullSplits, prepareDataset } from './prepareData.js';

export interface PromoteOptions {
  readonly wanted: number | Pick;
  readonly epochs: number;
  readonly views: number;
  /** Default: the study's. */
  readonly engine?: string;
  readonly alone: boolean;
  /** Name or file of a recipe; default: the study's. */
  readonly recipe?: string;
  readonly reevaluate: boolean;
  /** Default: below the results. */
  readonly out?: string;
}

/** Brings study, data, teacher and engine together, promotes the trial, writes its card and records it. */
export async function promoteStudy(
  io: Io,
  store: TrialStore,
  record: StudyRecord,
  options: PromoteOptions,
  signal: AbortSignal,
): Promise<void> {
  const paths = resultPaths(io.resultsDir);
  const study = record.name;
  const stored = parseStudyConfig(record.settings, `study ${study}`);
  const recipe =
    options.recipe === undefined
      ? stored.recipe
      : completeRecipe(loadRecipe(options.recipe), loadSpace(stored.space).defaults);
  const config = recipe === undefined ? stored : { ...stored, recipe };
  const {
    budgets,
    targets,
    costs: [cost],
  } = studyTargets(config);
  const trial = pickTrial(study, store.trials(study), cost, options.wanted);
  const dir = join(paths.promoted, study, `trial-${trial.number}`);
  const out = options.out ?? dir;
  if (resolve(out) !== resolve(dir)) refuseForeign(out, study, trial.number);
  // A recipe that is asked for here decides everything, also what the search chose for the trial.
  const chosen = options.recipe === undefined ? loadSpace(config.space).recipe(trial.architecture) : undefined;
  const training = { ...trainingOf(config, chosen), epochs: options.epochs };
  const dataset = await prepareDataset(io, config.data, config);
  if (dataset.digest !== record.facts.datasetDigest) {
    throw new NasDistillError('DATA', `data set ${dataset.name} is not the one that study ${study} used`, {
      hint: 'Bring the old data back, or search again.',
    });
  }
  const splits = fullSplits(dataset);
  const teacher = await openTeacher(paths.teachers, readRecord(paths.teachers, config.teacher ?? ''));
  const { name: engineName, why } = await chooseEngine(options.engine ?? config.engine);
  const writer = store.writer(study);
  if (writer?.alive === true && writer.pid !== process.pid) {
    io.progress.warn(
      `process ${writer.pid} is writing study ${study}: the promotion can be recorded once it has ended`,
    );
  }
  io.progress.info(`engine ${engineName}: ${why}\npromoting trial ${trial.number} of study ${study}`);
  const engine = await openEngine(engineName, { threads: cores() });
  // Student and control train side by side, so each has its share of the cores.
  const trainingEngine = await openEngine(engineName, {
    threads: Math.max(1, Math.floor(cores() / (options.alone ? 2 : 1))),
  });
  let teacherEngine = engine;
  try {
    if (teacher.engine !== undefined) teacherEngine = await openEngine(teacher.engine, { threads: cores() });
    const augmentation = taskOf(dataset).views(augmentationOf(config, { views: options.views, training }));
    const classes = dataset.classes.length;
    checkTraining({
      spec: trial.spec,
      config: training,
      classes,
      images: splits.train.length,
      teacher: teacherShapes(teacher, classes),
    });
    const { outputs } = await teacherOutputs(
      paths.teacherCache,
      { teacher, dataset, rows: splits.train, policy: augmentation, taps: requestedTaps(training.losses) },
      () => Promise.resolve(teacherEngine),
      io.progress,
    );
    const promotedAt = store.promotions(study).findLast((earlier) => earlier.trial === trial.number)?.finishedAt;
    const job: PromotionJob = {
      study,
      trial,
      data: {
        dataset,
        splits,
        normalisation: computeNormalisation(dataset, splits.train),
        augmentation,
        teacher: outputs,
      },
      training,
      alone: options.alone,
      seed: config.seed,
      engine,
      trainingEngine,
      budgets,
      weights: config.weights,
      teacher: {
        digest: teacher.digest,
        evaluate: async () => (await evaluateTeacher(teacher, teacherEngine, dataset, splits.test)).accuracy,
        answers: (indices) => teacherLogits(teacher, teacherEngine, dataset, indices),
      },
      dir,
      out,
      reevaluate: options.reevaluate,
      ...(promotedAt === undefined ? {} : { promotedAt }),
      progress: io.progress,
      signal,
    };
    const promotion = await promoteTrial(job);
    const latency = await measureExported(join(out, exported.onnx), trial, targets, record.facts);
    const facts = promotionFacts({ job, promotion, teacher: teacher.record, settings: record.settings, latency });
    atomicWrite(join(out, exported.study), `${JSON.stringify(record.settings, null, 1)}\n`);
    atomicWrite(join(out, exported.card), modelCard(facts));
    atomicWrite(join(out, exported.facts), `${JSON.stringify(facts, null, 1)}\n`);
    const { student, alone, teacher: test } = facts.accuracy;
    recordOnce(store, study, {
      trial: trial.number,
      finishedAt: Date.now(),
      accuracy: { student, teacher: test, ...(alone === null ? {} : { alone }) },
      directory: relative(io.resultsDir, out),
    });
    io.result(promotionDocument(facts, out), () => describePromotion(facts, out));
  } finally {
    engine.close();
    trainingEngine.close();
    if (teacherEngine !== engine) teacherEngine.close();
    teacher.dispose();
  }
}

/** Records a promotion, unless the study knows the same one already. */
function recordOnce(store: TrialStore, study: string, promotion: PromotionRecord): void {
  const { trial, accuracy, directory } = promotion;
  const known = store
    .promotions(study)
    .some(
      (earlier) => digestOf({ ...earlier, finishedAt: 0 }) === digestOf({ trial, accuracy, directory, finishedAt: 0 }),
    );
  if (!known) store.recordPromotion(study, promotion);
}

const identity = z.object({ study: z.string(), trial: z.number() });

/** @throws NasDistillError USAGE where `out` holds a model that is not this trial's: it would be overwritten */
function refuseForeign(out: string, study: string, trial: number): void {
  const file = modelFiles.find((name) => existsSync(join(out, name)));
  if (file === undefined) return;
  const card = join(out, exported.facts);
  const owner = existsSync(card) ? identityOf(readFileSync(card, 'utf8')) : undefined;
  if (owner?.study === study && owner.trial === trial) return;
  throw new NasDistillError('USAGE', `${out} holds another model (${file}), which would be overwritten`, {
    hint: 'Give another directory with --out DIR.',
  });
}

function identityOf(text: string): z.infer<typeof identity> | undefined {
  try {
    return identity.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
