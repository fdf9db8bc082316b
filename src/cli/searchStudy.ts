import { join } from 'node:path';
import { NasDistillError } from '../core/errors.js';
import { chooseEngine } from '../engines/registry.js';
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
import type { TrialStore } from '../store/types.js';
import { writeReport } from '../reports/writeReport.js';
import { InheritanceJudge } from '../inheritance/InheritanceJudge.js';
import { Relatives } from '../inheritance/Relatives.js';
import { checkSpaceOperators } from './checkSpaceOperators.js';
import { chooseTeacher } from './chooseTeacher.js';
import { chooseAhead } from './chooseAhead.js';
import { chooseWorkers, describeSetting, workersMemory } from './chooseWorkers.js';
import { describeProfile } from './describeProfile.js';
import { cores } from './flags.js';
import { openFirstTrials } from './firstTrials.js';
import type { Io } from './Io.js';
import { keepAnswers } from './keepAnswers.js';
import { measureFinalists } from './measureFinalists.js';
import { openProxyGuide, requireProxy } from './openProxyGuide.js';
import { confirm } from './confirm.js';
import { checkBudgets, openGround, openTeaching } from './openStudy.js';
import { profileReference, requireProfilable } from './profileReference.js';
import { resultPaths } from './paths.js';
import { printSearch } from './printSearch.js';
import { SearchDisplay } from './SearchDisplay.js';
import type { OpenSettings } from './searchSettings.js';
import { storeStudy } from './storeStudy.js';

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
  { config, space }: OpenSettings,
  signal: AbortSignal,
  { report, engineProfile, enqueue }: SearchExtras,
): Promise<void> {
  const { name: engine } = await chooseEngine(config.engine);
  if (engineProfile) requireProfilable(engine);
  const ground = await openGround(io, config, 'study', space);
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
  const { ahead, line } = chooseAhead(config, chosen, workersMemory(config));
  if (line !== undefined) io.progress.info(line);
  if (engineProfile) io.progress.info(await profileReference(ground, taught, chosen));
  const { cost } = ground;
  // Before the study is stored: what is wrong with the teacher's outputs shows when the workers' process reads them.
  const executor = await createHostExecutor({
    workers,
    ahead,
    engine: taught.engine.name,
    threadsPerWorker: threads,
    data: taught.data,
    ...(config.trialTimeoutMs === undefined ? {} : { trialTimeoutMs: config.trialTimeoutMs }),
    ...(config.memoryLimit === undefined ? {} : { memoryLimit: 1e9 * config.memoryLimit }),
  });
  let display: SearchDisplay | undefined;
  let proxy: Awaited<ReturnType<typeof openProxyGuide>>;
  try {
    storeStudy(store, name, { ground, taught, profile, chosen: { ...chosen, ahead }, firsts });
    firsts.store();
    const kept = await keepAnswers(store, name, {
      dataset: ground.dataset,
      validation: ground.splits.validation,
      teacherLogits: taught.answers,
    });
    proxy = await openProxyGuide(io, ground, record, taught.engine.name, seen, signal);
    display = new SearchDisplay(io.progress, config.epochs, cost, { store, study: name });
    const { events } = display;
    display.start(remaining(store, name, config, ground.baselineCount));
    const started = Date.now();
    const training = (chosen: SpaceRecipe | undefined) => trainingOf(config, chosen);
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
        ...events,
        finished: (trial) => {
          kept.finished(trial);
          events.finished?.(trial);
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
    printSearch(io, { name, ground, taught, summary, trials, front, seconds, reportFile });
  } finally {
    display?.stop();
    proxy?.close();
    await executor.close();
  }
}

function openRelatives(io: Io, name: string, config: StudyConfig): Relatives {
  const judge = new InheritanceJudge(config.inheritControl, (line) => io.progress.info(line));
  return new Relatives(join(resultPaths(io.resultsDir).weights, name), 1e6 * config.inheritLimit, judge);
}

function remaining(store: TrialStore, name: string, config: StudyConfig, baselines: number): number {
  const ended = store.trials(name).filter((trial) => trial.finishedAt !== null).length;
  return Math.max(0, config.trials + baselines - ended);
}
