import { join } from 'node:path';
import { NasDistillError } from '../../core/errors.js';
import { digestOf } from '../../core/digest.js';
import { createHostExecutor } from '../../executors/createHostExecutor.js';
import { createPruner } from '../../search/createPruner.js';
import { createSampler } from '../../search/createSampler.js';
import { frontOf } from '../../search/frontOf.js';
import { runSearch } from '../../search/runSearch.js';
import type { StudyConfig } from '../../search/StudyConfig.js';
import { trainingOf } from '../../search/trainingOf.js';
import { samplers } from '../../samplers/registry.js';
import type { LossTerm } from '../../spaces/SearchSpace.js';
import { openStore } from '../../store/openStore.js';
import { accuracyOf } from '../../store/accuracies.js';
import type { Trial, TrialStore } from '../../store/types.js';
import { writeReport } from '../../reports/writeReport.js';
import { Relatives } from '../../inheritance/Relatives.js';
import { chooseTeacher } from '../chooseTeacher.js';
import { addDataFlags, dataOptionsOf } from '../dataFlags.js';
import { describeFront } from '../describeFront.js';
import { describeProfile, profileDocument } from '../describeProfile.js';
import { collect, cores, duration, positive, wholeNumber } from '../flags.js';
import { drawFront } from '../drawFront.js';
import { openFirstTrials } from '../firstTrials.js';
import { interruptible } from '../interruptible.js';
import type { Io } from '../Io.js';
import { measureFinalists } from '../measureFinalists.js';
import { openProxyGuide, requireProxy } from '../openProxyGuide.js';
import { confirm } from '../confirm.js';
import { checkBudgets, openGround, openTeaching } from '../openStudy.js';
import { targetFacts } from '../openTargets.js';
import { profileReference } from '../profileReference.js';
import { resultPaths } from '../paths.js';
import { SearchDisplay } from '../SearchDisplay.js';
import { resumedSettings, settingsOf, storedSettings, studyName } from '../searchSettings.js';
import type { RegisterCommand } from './Command.js';

/** `nas-distill search`: the main job. */
export const registerSearch: RegisterCommand = (program, io) => {
  const command = program
    .command('search')
    .description('Search student architectures within a budget, each distilled briefly from the teacher')
    .option(
      '--budget <limit>',
      'upper limit: 8MB, 512KiB, 2Mparams, 30MMACs, 512KB-memory, 5ms, phone:5ms; repeat for several',
      collect,
    )
    .option('--device <name>', 'device whose latency counts (nas-distill device list); repeat for several', collect)
    .option(
      '--objective <cost>',
      'cost that is minimised: bytes | params | macs | memory | latency (default: the first budget)',
    )
    .option('--weights <format>', 'how exported weights are stored: float32 | float16 | int8')
    .option('--space <name>', 'search space: a shipped name or a YAML file (default: mobile-cnn)')
    .option('--data <name>', 'data set: catalogued name or path (default: fashion-mnist)');
  addDataFlags(command)
    .option('--teacher <name>', 'teacher (default: the newest trained on this data)')
    .option('--trials <n>', 'architectures to try (default: 40)', wholeNumber(1))
    .option('--time <duration>', 'start no new trial after this long: 90s, 20m, 2h', duration)
    .option(
      '--trial-timeout <duration>',
      'a trial that trains longer is failed (default: by what others took)',
      duration,
    )
    .option('--memory-limit <GB>', "memory of all workers together (default: 90 % of the machine's)", positive)
    .option('--epochs <n>', 'epochs of brief distillation (default: 3)', wholeNumber(1))
    .option('--recipe <name>', 'how students are trained: a shipped name or a YAML file (nas-distill recipes)')
    .option('--train-images <n>', 'training images that brief distillation uses (default: 10000)', wholeNumber(2))
    .option('--validation-images <n>', 'validation images (default: 5000)', wholeNumber(1))
    .option('--sampler <name>', `${Object.keys(samplers).join(' | ')} (default: auto)`)
    .option('--pruner <name>', 'none | moasha | asha | hyperband | median (default: none)')
    .option('--inherit', 'candidates begin with the weights of their closest finished relative')
    .option(
      '--proxy <name>',
      'what picks the student to train near each proposal: a zero-cost proxy (nas-distill proxies), or blockwise',
    )
    .option('--confirm <n>', 'train the front again, n runs in all, before it is final (default: 1)', wholeNumber(1))
    .option('--enqueue <file>', 'architectures to train first: YAML or JSON, as the report shows them')
    .option('--warm-start <study>', "train that study's front first and learn from all its trials")
    .option('--workers <n>', `worker threads (default: one a core, here ${cores()})`, wholeNumber(1))
    .option('--seed <n>', 'seed of everything random (default: 1)', wholeNumber(0))
    .option('--deterministic', 'same seed, same study, with several workers too (a little slower)')
    .option('--engine <name>', 'auto | onnx | wasm | native | cuda | webgpu (default: auto)')
    .option('--engine-profile', "first show the operators of a training step of the space's reference and their ms")
    .option('--study <name>', 'name of the study (default: from space, data and budget)')
    .option('--study-file <file>', 'YAML file with any of these settings; flags go on top')
    .option('--resume [study]', 'go on with a study that was stopped (default: the newest)')
    .option('--no-report', 'do not write the HTML report at the end')
    .addHelpText(
      'after',
      `
Examples:
  $ nas-distill search --budget 8MB
  $ nas-distill search --budget 300KB --budget 5MMACs --space resnet-convnext --trials 60 --time 20m
  $ nas-distill search --budget 5ms
  $ nas-distill search --budget phone:5ms,server:2ms,2MB
  $ nas-distill search --budget 50KB --data birds.csv --label-column species --path-column file --image-size 32
  $ nas-distill search --resume`,
    )
    .action(async (options: Record<string, unknown>, command) => {
      await search(io(command), options);
    });
};

async function search(io: Io, options: Record<string, unknown>): Promise<void> {
  const flags = {
    budgets: options.budget,
    devices: options.device,
    objective: options.objective,
    weights: options.weights,
    space: options.space,
    data: options.data,
    ...dataOptionsOf(options),
    teacher: options.teacher,
    trials: options.trials,
    timeMs: options.time,
    trialTimeoutMs: options.trialTimeout,
    memoryLimit: options.memoryLimit,
    epochs: options.epochs,
    recipe: options.recipe,
    trainImages: options.trainImages,
    validationImages: options.validationImages,
    sampler: options.sampler,
    pruner: options.pruner,
    proxy: options.proxy,
    warmStart: options.warmStart,
    inherit: options.inherit,
    confirm: options.confirm,
    workers: options.workers,
    seed: options.seed,
    deterministic: options.deterministic,
    engine: options.engine,
    name: options.study,
  };
  const file = typeof options.studyFile === 'string' ? options.studyFile : undefined;
  const defaults = file === undefined ? { workers: cores() } : {};
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
  const asked = settingsOf(file, { ...defaults, ...given });
  const store = openStore(resultPaths(io.resultsDir).database);
  try {
    const { name, config } = pickStudy(store, asked, flags, options.resume);
    await interruptible(io, `nas-distill search --resume ${name}`, (signal) =>
      searchStudy(io, store, name, config, signal, {
        report: options.report !== false,
        engineProfile: options.engineProfile === true,
        enqueue: typeof options.enqueue === 'string' ? options.enqueue : undefined,
      }),
    );
  } finally {
    store.close();
  }
}

function pickStudy(
  store: TrialStore,
  asked: StudyConfig,
  flags: Record<string, unknown>,
  resume: unknown,
): { name: string; config: StudyConfig } {
  if (resume === undefined) {
    const name = studyName(asked);
    const stored = store.study(name);
    return { name, config: stored === undefined ? asked : resumedSettings(stored, asked, flags, false) };
  }
  const known = store.studies().sort((a, b) => b.createdAt - a.createdAt);
  const stored = typeof resume === 'string' ? store.study(resume) : known[0];
  if (stored === undefined) {
    throw new NasDistillError('NOT_FOUND', typeof resume === 'string' ? `no study "${resume}"` : 'no study to resume', {
      hint:
        known.length > 0
          ? `There are: ${known.map((s) => s.name).join(', ')}.`
          : 'Start one with: nas-distill search --budget 8MB',
    });
  }
  return { name: stored.name, config: resumedSettings(stored, asked, flags, true) };
}

async function searchStudy(
  io: Io,
  store: TrialStore,
  name: string,
  config: StudyConfig,
  signal: AbortSignal,
  { report, engineProfile, enqueue }: { report: boolean; engineProfile: boolean; enqueue: string | undefined },
): Promise<void> {
  const ground = await openGround(io, config);
  const profile = checkBudgets(ground);
  io.progress.info(describeProfile(profile));
  // Before the study is stored: one with a sampler that does not exist would keep its name for ever.
  const seen = new Set<string>();
  const { sampler, reseed } = createSampler({ ...ground, seen });
  const firsts = openFirstTrials(io, store, name, ground, enqueue);
  const pruner = createPruner(config.pruner, config.prunerOptions, config.epochs);
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
  if (engineProfile) io.progress.info(await profileReference(ground, taught));
  const facts = {
    teacher: taught.teacher,
    coverage: taught.coverage,
    engine: taught.engine,
    budgets: ground.asked,
    costObjective: ground.cost,
    ...targetFacts(ground.targets),
    profile: profileDocument(profile),
    spaceDigest: ground.space.digest,
    datasetDigest: ground.dataset.digest,
    teacherOutputs: taught.data.teacher?.digest,
    ...firsts.facts,
  };
  const stored = store.study(name);
  if (stored === undefined) store.createStudy({ name, settings: storedSettings(config, record.name), facts });
  else refuseChangedGround(name, stored.facts, facts);
  firsts.store();

  const { cost } = ground;
  if (config.workers > cores()) {
    io.progress.warn(`${config.workers} workers share ${cores()} cores: each takes longer, and all together no less`);
  }
  const executor = await createHostExecutor({
    workers: config.workers,
    engine: taught.engine.name,
    threadsPerWorker: Math.max(1, Math.floor(cores() / config.workers)),
    data: taught.data,
    ...(config.trialTimeoutMs === undefined ? {} : { trialTimeoutMs: config.trialTimeoutMs }),
    ...(config.memoryLimit === undefined ? {} : { memoryLimit: 1e9 * config.memoryLimit }),
  });
  const proxy = await openProxyGuide(io, ground, record, taught.engine.name, seen, signal);
  const display = new SearchDisplay(io.progress, config.epochs, cost, { store, study: name });
  display.start(remaining(store, name, config, ground.baselineCount));
  const started = Date.now();
  const training = (losses: readonly LossTerm[] | undefined) => trainingOf(config, losses);
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
      ...(config.inherit
        ? { relatives: new Relatives(join(resultPaths(io.resultsDir).weights, name), 1e6 * config.inheritLimit) }
        : {}),
      ...(proxy === undefined ? {} : { guide: proxy.guide }),
      build: ground.builder.build,
      baseline: ground.builder.baseline,
      budgets: ground.budgets,
      costObjective: cost,
      training,
      events: display.events,
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
      costObjective: cost,
      signal,
      training,
    });
    await measureFinalists(io, store, name, frontOf(summary.trials, cost), ground.targets, signal);
    const trials = store.trials(name);
    const reportFile = report ? join('reports', `${name}.html`) : undefined;
    if (reportFile !== undefined) writeReport(store, name, reportFile);
    const front = frontOf(trials, cost);
    const seconds = (Date.now() - started) / 1000;
    const counts = countStates(summary.trials);
    io.result(
      {
        study: name,
        ended: summary.ended,
        seconds,
        counts,
        teacher: taught.teacher,
        front: front.map(publicTrial),
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
          describeFront(trials, cost, taught.teacher.accuracy, ground.asked),
          ...drawFront(trials, cost, process.stdout.columns || 80),
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
