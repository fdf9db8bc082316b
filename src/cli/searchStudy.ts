import { join } from 'node:path';
import { NasDistillError } from '../core/errors.js';
import { digestOf } from '../core/digest.js';
import { createHostExecutor } from '../executors/createHostExecutor.js';
import { Checkpoints } from '../search/Checkpoints.js';
import { checkPruneBy } from '../search/checkPruneBy.js';
import { createPruner } from '../search/createPruner.js';
import { createSampler } from '../search/createSampler.js';
import { frontOf } from '../search/frontOf.js';
import { runSearch } from '../search/runSearch.js';
import type { StudyConfig } from '../search/StudyConfig.js';
import { trainingOf } from '../search/trainingOf.js';
import type { SpaceRecipe } from '../spaces/SearchSpace.js';
import { accuracyOf } from '../store/accuracies.js';
import type { Trial, TrialStore } from '../store/types.js';
import { writeReport } from '../reports/writeReport.js';
import { inheritanceLine, InheritanceJudge } from '../inheritance/InheritanceJudge.js';
import { Relatives } from '../inheritance/Relatives.js';
import { checkSpaceOperators } from './checkSpaceOperators.js';
import { chooseTeacher } from './chooseTeacher.js';
import { chooseWorkers, describeSetting } from './chooseWorkers.js';
import { describeFront } from './describeFront.js';
import { describeProfile, profileDocument } from './describeProfile.js';
import { cores } from './flags.js';
import { drawFront } from './drawFront.js';
import { openFirstTrials } from './firstTrials.js';
import { inheritanceOf } from './inheritanceOf.js';
import type { Io } from './Io.js';
import { keepAnswers } from './keepAnswers.js';
import { measureFinalists } from './measureFinalists.js';
import { openProxyGuide, requireProxy } from './openProxyGuide.js';
import { confirm } from './confirm.js';
import { checkBudgets, openGround, openTeaching } from './openStudy.js';
import { targetFacts } from './openTargets.js';
import { profileReference } from './profileReference.js';
import { resultPaths } from './paths.js';
import { SearchDisplay } from './SearchDisplay.js';
import { storedSettings } from './searchSettings.js';

/** What a search does besides searching, and with which architectures it begins. */
export interface SearchExtras {
  /** Write the HTML report at the end. */
  readonly report: boolean;
  /** First show where a training step's time goes. */
  readonly engineProfile: boolean;
  /** File of architectures to train first. */
  readonly enqueue: string | undefined;
}

/**
 * One study from its ground to its printed result: space, data and budget checked, the teacher's outputs, the search, the front
 * confirmed and measured, the report.
 * @throws NasDistillError INTERRUPTED when the signal came, and what the parts throw
 */
export async function searchStudy(
  io: Io,
  store: TrialStore,
  name: string,
  config: StudyConfig,
  signal: AbortSignal,
  { report, engineProfile, enqueue }: SearchExtras,
): Promise<void> {
  const ground = await openGround(io, config);
  const profile = checkBudgets(ground);
  io.progress.info(describeProfile(profile));
  // Before the study is stored: one with a sampler that does not exist would keep its name for ever.
  const seen = new Set<string>();
  const { sampler, reseed } = createSampler({ ...ground, seen });
  const firsts = openFirstTrials(io, store, name, ground, enqueue);
  const pruner = createPruner(config.pruner, config.prunerOptions, config.epochs);
  checkPruneBy(config, ground.space);
  requireProxy(ground);
  const record = await chooseTeacher(io, config.teacher, ground.dataset, {
    engine: config.engine,
    data: config.data,
    epochs: 4,
    dataOptions: config,
  });
  const taught = await openTeaching(io, ground, record);
  io.progress.info(
    `teacher ${record.name} (${record.family}): ${(100 * taught.teacher.accuracy).toFixed(2)} % on validation\nengine ${taught.engine.name}: ${taught.engine.why}`,
  );
  await checkSpaceOperators({
    space: ground.space,
    engine: taught.engine.name,
    build: (architecture) => ground.builder.build(architecture).spec,
    training: (architecture) => trainingOf(config, ground.space.recipe(architecture)),
    classes: ground.dataset.classes.length,
    teacher: taught.data.teacher,
  });
  const chosen = await chooseWorkers(io, ground, taught);
  const { workers, threads } = chosen;
  if (workers * threads > cores()) {
    io.progress.warn(
      `${describeSetting(chosen)} share ${cores()} core(s): each trial takes longer, and all together no less`,
    );
  }
  if (engineProfile) io.progress.info(await profileReference(ground, taught, chosen));
  const facts = {
    teacher: taught.teacher,
    coverage: taught.coverage,
    engine: taught.engine,
    budgets: ground.asked,
    costObjective: ground.cost,
    ...(ground.costs.length > 1 ? { objectives: ground.costs } : {}),
    ...targetFacts(ground.targets),
    profile: profileDocument(profile),
    spaceDigest: ground.space.digest,
    datasetDigest: ground.dataset.digest,
    teacherOutputs: taught.data.teacher?.digest,
    ...(chosen.timed === undefined ? {} : { timedWorkers: chosen.timed }),
    ...firsts.facts,
  };
  const stored = store.study(name);
  if (stored === undefined)
    store.createStudy({ name, settings: storedSettings({ ...config, workers, threads }, record.name), facts });
  else refuseChangedGround(name, stored.facts, facts);
  firsts.store();
  const kept = await keepAnswers(store, name, {
    dataset: ground.dataset,
    validation: ground.splits.validation,
    teacherLogits: taught.answers,
  });

  const { cost } = ground;
  const executor = await createHostExecutor({
    workers,
    engine: taught.engine.name,
    threadsPerWorker: threads,
    data: taught.data,
    ...(config.trialTimeoutMs === undefined ? {} : { trialTimeoutMs: config.trialTimeoutMs }),
    ...(config.memoryLimit === undefined ? {} : { memoryLimit: 1e9 * config.memoryLimit }),
  });
  const proxy = await openProxyGuide(io, ground, record, taught.engine.name, seen, signal);
  const display = new SearchDisplay(io.progress, config.epochs, cost, { store, study: name });
  display.start(remaining(store, name, config, ground.baselineCount));
  const started = Date.now();
  const training = (chosen: SpaceRecipe | undefined) => trainingOf(config, chosen);
  try {
    const summary = await runSearch({
      study: name,
      config,
      space: ground.space,
      store,
      executor,
      sampler,
      pruner,
      reseed,
      seen,
      ...(config.inherit ? { relatives: openRelatives(io, name, config) } : {}),
      checkpoints: new Checkpoints(join(resultPaths(io.resultsDir).checkpoints, name), 1e6 * config.checkpointLimit),
      ...(proxy === undefined ? {} : { guide: proxy.guide }),
      build: ground.builder.build,
      baseline: ground.builder.baseline,
      budgets: ground.budgets,
      costs: ground.costs,
      training,
      events: {
        ...display.events,
        finished: (trial) => {
          kept.finished(trial);
          display.events.finished?.(trial);
        },
      },
      watch: kept.watch,
      warm: firsts.warm,
      signal,
    });
    display.end();
    if (summary.ended === 'interrupted') {
      throw new NasDistillError('INTERRUPTED', `interrupted; study ${name} keeps its finished trials`, {
        hint: `Go on with: nas-distill search --resume ${name}`,
      });
    }
    await confirm(io, {
      study: name,
      config,
      space: ground.space,
      store,
      executor,
      costs: ground.costs,
      signal,
      training,
    });
    await measureFinalists(io, store, name, frontOf(summary.trials, ground.costs), ground.targets, signal);
    const trials = store.trials(name);
    const front = frontOf(trials, ground.costs);
    kept.end(front);
    const reportFile = report ? join('reports', `${name}.html`) : undefined;
    if (reportFile !== undefined) writeReport(store, name, reportFile, { resultsDir: io.resultsDir });
    const seconds = (Date.now() - started) / 1000;
    const counts = countStates(summary.trials);
    const inheritance = config.inherit ? inheritanceOf(trials) : undefined;
    io.result(
      {
        study: name,
        ended: summary.ended,
        seconds,
        counts,
        teacher: taught.teacher,
        front: front.map(publicTrial),
        ...(inheritance === undefined ? {} : { inheritance }),
        report: reportFile ?? null,
        // Of what the search decided: what was measured afterwards differs from run to run.
        digest: digestOf(front.map((trial) => publicTrial({ ...trial, measured: {} }))),
      },
      () =>
        [
          `\nstudy ${name}: ${Object.entries(counts)
            .map(([state, n]) => `${n} ${state.toLowerCase()}`)
            .join(
              ', ',
            )} in ${seconds.toFixed(0)} s${summary.ended === 'exhausted' ? ' (every architecture that fits was tried)' : ''}`,
          describeFront(trials, ground.costs, taught.teacher.accuracy, ground.asked),
          ...drawFront(trials, cost, process.stdout.columns || 80),
          ...(inheritance === undefined ? [] : [inheritanceLine(inheritance)]),
          ...(reportFile === undefined ? [] : [`report: ${reportFile}`]),
          `next: nas-distill promote ${name} --pick knee`,
        ].join('\n'),
    );
  } finally {
    display.stop();
    proxy?.close();
    await executor.close();
  }
}

function openRelatives(io: Io, name: string, config: StudyConfig): Relatives {
  const judge = new InheritanceJudge(config.inheritControl, (line) => io.progress.info(line));
  return new Relatives(join(resultPaths(io.resultsDir).weights, name), 1e6 * config.inheritLimit, judge);
}

/** The same study must stand on the same space, data and teacher. */
function refuseChangedGround(
  name: string,
  before: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): void {
  for (const [key, what] of [
    ['spaceDigest', 'search space'],
    ['datasetDigest', 'data set'],
    ['teacherOutputs', 'teacher'],
    ['deviceDigest', 'device profile'],
  ]) {
    if (before[key] !== now[key]) {
      throw new NasDistillError('STUDY_EXISTS', `study ${name} was started with another ${what}`, {
        hint: 'Start a new study with --study NAME, or bring the old one back.',
      });
    }
  }
}

function remaining(store: TrialStore, name: string, config: StudyConfig, baselines: number): number {
  const ended = store.trials(name).filter((trial) => trial.finishedAt !== null).length;
  return Math.max(0, config.trials + baselines - ended);
}

function countStates(trials: readonly { state: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state } of trials) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

function publicTrial(trial: Trial) {
  const { number, architecture, costs, metrics, measured, repeats } = trial;
  const real = Object.keys(measured).length === 0 ? {} : { measured };
  const runs = repeats.length === 0 ? {} : { meanAccuracy: accuracyOf(trial), repeats };
  return { trial: number, choices: architecture.choices, costs, metrics, ...runs, ...real };
}
