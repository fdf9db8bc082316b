import { NasDistillError } from '../../core/errors.js';
import type { StudyConfig } from '../../search/StudyConfig.js';
import { engineRequests } from '../../engines/registry.js';
import { samplers } from '../../samplers/registry.js';
import { loadSpace } from '../../spaces/loadSpace.js';
import { openStore } from '../../store/openStore.js';
import type { TrialStore } from '../../store/types.js';
import { addDataFlags, dataOptionsOf } from '../dataFlags.js';
import { autoOr, collect, duration, positive, wholeNumber } from '../flags.js';
import { interruptible } from '../interruptible.js';
import type { Io } from '../Io.js';
import { resultPaths } from '../paths.js';
import { openSettings, resumedSettings, studyName } from '../searchSettings.js';
import type { RegisterCommand } from './Command.js';
import { searchStudy } from '../searchStudy.js';

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
      '--objective <costs>',
      'what is minimised: bytes | params | macs | memory | latency | latency@DEVICE; up to 3 with commas (default: the first budget)',
      collect,
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
    .option('--pruner <name>', 'auto | none | moasha | asha | hyperband | median (default: auto)')
    .option('--inherit', 'candidates begin with the weights of their closest finished relative')
    .option(
      '--proxy <name>',
      'what picks the student to train near each proposal: a zero-cost proxy (nas-distill proxies), or blockwise',
    )
    .option('--confirm <n>', 'train the front again, n runs in all, before it is final (default: 1)', wholeNumber(1))
    .option('--enqueue <file>', 'architectures to train first: YAML or JSON, as the report shows them')
    .option('--warm-start <study>', "train that study's front first and learn from all its trials")
    .option(
      '--workers <n>',
      'trials at once; auto: as many, with as many threads, as do most steps here (default: auto)',
      autoOr(wholeNumber(1)),
    )
    .option('--threads <n>', 'threads of each worker (default: the cores divided by the workers)', wholeNumber(1))
    .option(
      '--ahead <n>',
      'candidates to prepare while others train; auto: 1 where memory allows it, 0 with --deterministic (default: auto)',
      autoOr(wholeNumber(0)),
    )
    .option('--seed <n>', 'seed of everything random (default: 1)', wholeNumber(0))
    .option('--deterministic', 'same seed, same study, with several workers too (a little slower)')
    .option('--engine <name>', `${engineRequests.join(' | ')} (default: auto)`)
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
  $ nas-distill search --objective latency@phone,latency@server --budget 2MB
  $ nas-distill search --budget 50KB --data birds.csv --label-column species --path-column file --image-size 32
  $ nas-distill search --resume`,
    )
    .action(async (options: Record<string, unknown>, command) => {
      await search(io(command), options);
    });
};

/** One as a study file would say it. */
function objectiveOf(given: unknown): unknown {
  return Array.isArray(given) && given.length === 1 ? (given as unknown[])[0] : given;
}

async function search(io: Io, options: Record<string, unknown>): Promise<void> {
  const flags = {
    budgets: options.budget,
    devices: options.device,
    objective: objectiveOf(options.objective),
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
    threads: options.threads,
    ahead: options.ahead,
    seed: options.seed,
    deterministic: options.deterministic,
    engine: options.engine,
    name: options.study,
  };
  const file = typeof options.studyFile === 'string' ? options.studyFile : undefined;
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
  const asked = openSettings(file, given);
  const store = openStore(resultPaths(io.resultsDir).database);
  try {
    const { name, config } = pickStudy(store, asked.config, flags, options.resume);
    const space = config.space === asked.config.space ? asked.space : loadSpace(config.space);
    await interruptible(io, `nas-distill search --resume ${name}`, (signal) =>
      searchStudy(io, store, name, { config, space }, signal, {
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
