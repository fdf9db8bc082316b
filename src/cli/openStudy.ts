import { join } from 'node:path';
import { createRng } from '../core/rng.js';
import { violations } from '../costs/budgets.js';
import { estimateCosts } from '../costs/registry.js';
import type { Budget, CostName } from '../costs/CostModel.js';
import { keepSamples } from '../data/keptSamples.js';
import { computeNormalisation } from '../data/normalisation.js';
import type { Dataset, Splits } from '../data/Dataset.js';
import { checkTraining } from '../distillation/checkTraining.js';
import { describeTaps } from '../distillation/describeTaps.js';
import { requestedTaps } from '../distillation/requestedTaps.js';
import type { HandedData } from '../distillation/TrainingConfig.js';
import { chooseEngine, openEngine } from '../engines/registry.js';
import type { EngineName } from '../engines/Engine.js';
import { candidateBuilder } from '../search/buildCandidates.js';
import { studyTargets } from '../search/studyTargets.js';
import { augmentationOf, possibleLosses, trainingOf } from '../search/trainingOf.js';
import type { StudyConfig } from '../search/StudyConfig.js';
import {
  feasibilityProfile,
  requireFeasible,
  type FeasibilityProfile,
} from '../spaces/feasibility/feasibilityProfile.js';
import { loadSpace } from '../spaces/loadSpace.js';
import type { SearchSpace, SpaceRecipe } from '../spaces/SearchSpace.js';
import type { TeacherFacts } from '../store/types.js';
import { modelContext } from '../tasks/modelContext.js';
import { taskOf } from '../tasks/registry.js';
import { coverageOf, coverageWarnings, type Coverage } from '../teachers/coverage.js';
import { evaluateAnswers } from '../teachers/evaluateTeacher.js';
import { openTeacher } from '../teachers/openTeacher.js';
import { storedOutputs } from '../teachers/teacherCache.js';
import { teacherLogits } from '../teachers/teacherLogits.js';
import { teacherShapes, type TeacherModel } from '../teachers/TeacherModel.js';
import type { TeacherRecord } from '../teachers/TeacherRecord.js';
import { cores } from './flags.js';
import type { Io } from './Io.js';
import { abilityLimits, latenciesOf, openTargets, requireAble, type StudyTarget } from './openTargets.js';
import { resultPaths } from './paths.js';
import { briefSplits, prepareDataset } from './prepareData.js';

/** The part of a study that needs no training: space, data and budget. */
export interface StudyGround {
  readonly config: StudyConfig;
  readonly space: SearchSpace;
  readonly dataset: Dataset;
  readonly splits: Splits;
  /** As the user gave them. */
  readonly asked: readonly Budget[];
  /** Those, and that every device can run the architecture at all. */
  readonly budgets: readonly Budget[];
  readonly targets: readonly StudyTarget[];
  /** The costs that are minimised beside the accuracy, and the first of them. */
  readonly costs: readonly CostName[];
  readonly cost: CostName;
  readonly builder: ReturnType<typeof candidateBuilder>;
  /** How many of the uniformly scaled baselines fit the budget. */
  readonly baselineCount: number;
}

/**
 * Opens space and data and parses the budget; cheap errors come first.
 * @param kept which samples stay in memory: those that the study trains and is judged on, or all, the test split among them
 * @param space the one that the settings name, where it was loaded before
 */
export async function openGround(
  io: Io,
  config: StudyConfig,
  kept: 'study' | 'all' = 'study',
  space: SearchSpace = loadSpace(config.space),
): Promise<StudyGround> {
  const { budgets: asked, targets: named, costs } = studyTargets(config);
  const whole = await prepareDataset(io, config.data, config);
  const splits = briefSplits(whole, config.trainImages, config.validationImages);
  // No study sees the test split; the rest of the training split is for promotion.
  const dataset = kept === 'all' ? whole : keepSamples(whole, splits.train, splits.validation);
  const context = modelContext(dataset);
  const targets = await openTargets(io, named, config.weights);
  const budgets = [...asked, ...abilityLimits(targets, asked)];
  const builder = candidateBuilder(space, context, config.weights, latenciesOf(targets));
  const fits = (width: number) => violations(builder.baseline(width).costs, budgets).every((v) => v <= 0);
  return {
    config,
    space,
    dataset,
    splits,
    asked,
    budgets,
    targets,
    costs,
    cost: costs[0],
    builder,
    baselineCount: config.baselineWidths.filter(fits).length,
  };
}

/** Profiles the space and refuses a budget that cannot be met, naming the nearest that can. */
export function checkBudgets(ground: StudyGround): FeasibilityProfile {
  const { space, builder, budgets, config, targets } = ground;
  const profile = feasibilityProfile(space, builder.costs, budgets, createRng(`${config.seed}/profile`));
  requireAble(targets, profile, builder.build(profile.together.nearest).spec, space.name);
  requireFeasible(profile, builder.costs(profile.together.nearest));
  return profile;
}

/** What the workers share, and what the study remembers of its teacher. */
export interface TaughtStudy {
  readonly data: HandedData;
  readonly teacher: TeacherFacts;
  readonly engine: { name: EngineName; why: string };
  /** Whether the teacher knows the study's data. */
  readonly coverage: Coverage;
  /** What it answers on the validation split: logits [samples, classes]. */
  readonly answers: Float32Array;
}

/** Evaluates the teacher on the study's data and takes its outputs from the cache, or computes them once. */
export async function openTeaching(io: Io, ground: StudyGround, record: TeacherRecord): Promise<TaughtStudy> {
  const { config, dataset, splits, space } = ground;
  const paths = resultPaths(io.resultsDir);
  const engine = await chooseEngine(config.engine);
  const teacher = await openTeacher(paths.teachers, record);
  const teacherEngine = await openEngine(teacher.engine ?? engine.name, { threads: cores() });
  try {
    const sampled = Array.from({ length: 64 }, (_, i) => space.recipe(space.sample(createRng(`losses/${i}`))));
    checkRecipes(ground, teacher, sampled);
    const reference = ground.builder.build(space.reference).spec;
    const shapes = teacherShapes(teacher, dataset.classes.length);
    for (const line of describeTaps(reference, possibleLosses(config, sampled), shapes)) io.progress.info(line);
    const answers = await teacherLogits(teacher, teacherEngine, dataset, splits.validation);
    const evaluation = evaluateAnswers(answers, dataset, splits.validation);
    const coverage = coverageOf(record, evaluation, dataset, splits.train);
    for (const line of coverageWarnings(record.name, dataset.name, coverage)) io.progress.warn(line);
    const augmentation = taskOf(dataset).views(augmentationOf(config, { mixings: space.mixings }));
    const { outputs, cached } = await storedOutputs(
      paths.teacherCache,
      {
        teacher,
        dataset,
        rows: splits.train,
        policy: augmentation,
        taps: requestedTaps(possibleLosses(config, sampled)),
      },
      () => Promise.resolve(teacherEngine),
      io.progress,
    );
    if (teacher.engine !== undefined && teacher.engine !== engine.name) {
      io.progress.info(`teacher ${record.name} answers on ${teacher.engine}, as imported models do`);
    }
    if (cached) io.progress.info(`teacher outputs: from ${join(paths.teacherCache)}`);
    const costs =
      record.spec === undefined
        ? { bytes: 4 * record.params, params: record.params, macs: 0, memory: 0 }
        : estimateCosts(record.spec, 'float32');
    return {
      data: {
        dataset,
        splits,
        normalisation: computeNormalisation(dataset, splits.train),
        augmentation,
        teacher: outputs,
      },
      teacher: {
        name: record.name,
        digest: teacher.digest,
        family: record.family,
        accuracy: evaluation.accuracy,
        costs,
      },
      engine,
      coverage,
      answers,
    };
  } finally {
    teacherEngine.close();
    teacher.dispose();
  }
}

/** Before anything runs: the study's losses, and those that the space may choose, on its reference architecture. */
function checkRecipes(
  { config, space, builder, dataset, splits }: StudyGround,
  teacher: TeacherModel,
  sampled: readonly SpaceRecipe[],
): void {
  const { spec } = builder.build(space.reference);
  const classes = dataset.classes.length;
  const distinct = new Map(sampled.map((chosen) => [JSON.stringify(chosen), chosen]));
  for (const chosen of [undefined, ...distinct.values()]) {
    const training = trainingOf(config, chosen);
    const images = splits.train.length;
    checkTraining({ spec, config: training, classes, images, teacher: teacherShapes(teacher, classes) });
  }
}
