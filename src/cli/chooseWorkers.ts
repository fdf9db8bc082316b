import { arch, cpus, freemem, platform } from 'node:os';
import { digestOf } from '../core/digest.js';
import { messageOf } from '../core/errors.js';
import { machineMemory } from '../core/machineMemory.js';
import { version } from '../core/version.js';
import { shownViews } from '../data/mixing.js';
import type { EngineName } from '../engines/Engine.js';
import { engines } from '../engines/registry.js';
import { SettingMemory } from '../executors/parallelism/SettingMemory.js';
import type { StepWork } from '../executors/parallelism/StepWork.js';
import { timeSettings } from '../executors/parallelism/timeSettings.js';
import {
  bestSetting,
  mostWorkers,
  workerBytes,
  workerSettings,
  type TimedSetting,
  type WorkerSetting,
} from '../executors/parallelism/WorkerSetting.js';
import { trainingOf } from '../search/trainingOf.js';
import type { StudyConfig } from '../search/StudyConfig.js';
import { cores } from './flags.js';
import type { Io } from './Io.js';
import type { StudyGround, TaughtStudy } from './openStudy.js';
import { resultPaths } from './paths.js';

/** How many workers a search has, each with how many threads, and what that rests on. */
export interface ChosenWorkers extends WorkerSetting {
  readonly timed?: readonly TimedSetting[];
}

/**
 * As the settings say; where they leave it open, whatever does the most training steps in a second on this machine, measured
 * once for a machine, an engine and a step (the one of the space's reference architecture), and remembered in the results.
 * A deterministic study is never left to a measurement: one worker a core.
 */
export async function chooseWorkers(io: Io, ground: StudyGround, taught: TaughtStudy): Promise<ChosenWorkers> {
  const { config } = ground;
  const asked = givenWorkers(config, cores());
  if (asked !== undefined) return asked;
  // Threads that prepare candidates are workers, too.
  const memory = workersMemory(config) - (config.ahead === 'auto' ? 0 : config.ahead * workerBytes);
  const most = mostWorkers({ cores: cores(), memory, trials: config.trials + ground.baselineCount });
  const settings = workerSettings(cores(), most, config.threads);
  if (settings.length === 1) return settings[0];
  const work = workOf(ground, taught);
  const engine = taught.engine.name;
  const remembered = new SettingMemory(resultPaths(io.resultsDir).parallelism);
  const key = await keyOf(engine, work, settings);
  const known = remembered.get(key);
  if (known !== undefined) return say(io, known, 'remembered');
  try {
    const { timed, disturbed, ms } = await timeSettings({ engine, work, settings, cores: cores(), memory });
    const took = `measured in ${(ms / 1000).toFixed(1)} s`;
    if (disturbed)
      return say(io, timed, `${took}; other work keeps the cores busy, so that it is measured again next time`);
    remembered.put(key, timed);
    return say(io, timed, `${took}, remembered`);
  } catch (error) {
    const workers = most;
    const threads = config.threads ?? 1;
    io.progress.warn(`workers: ${messageOf(error)}; ${describeSetting({ workers, threads })}, not by measurement`);
    return { workers, threads };
  }
}

/** Workers and threads where the settings decide them. @param available cores */
export function givenWorkers(
  { workers, threads, deterministic }: Pick<StudyConfig, 'workers' | 'threads' | 'deterministic'>,
  available: number,
): WorkerSetting | undefined {
  if (workers !== 'auto') return { workers, threads: threads ?? Math.max(1, Math.floor(available / workers)) };
  if (!deterministic) return undefined;
  return { workers: Math.max(1, Math.floor(available / (threads ?? 1))), threads: threads ?? 1 };
}

/** `2 workers x 1 thread` */
export function describeSetting({ workers, threads }: WorkerSetting): string {
  return `${workers} worker${workers === 1 ? '' : 's'} x ${threads} thread${threads === 1 ? '' : 's'}`;
}

/** Bytes that all workers may take: as asked, else what is free now, and never more than nine tenths of the machine's. */
export function workersMemory({ memoryLimit }: Pick<StudyConfig, 'memoryLimit'>): number {
  return memoryLimit === undefined ? Math.min(0.9 * machineMemory(), freemem()) : 1e9 * memoryLimit;
}

function say(io: Io, timed: readonly TimedSetting[], how: string): ChosenWorkers {
  const best = bestSetting(timed);
  const gain = best.stepsPerSecond / timed[0].stepsPerSecond;
  io.progress.info(`${describeSetting(best)}: ${gain.toFixed(1)} times the steps of one; ${how}`);
  const { workers, threads } = best;
  return { workers, threads, timed };
}

function workOf({ config, space, builder, dataset, splits }: StudyGround, { data }: TaughtStudy): StepWork {
  const training = trainingOf(config);
  const { teacher, augmentation } = data;
  const shapes = Object.entries(teacher?.taps ?? {}).map(([name, { shape }]) => [name, { shape }] as const);
  return {
    spec: builder.build(space.reference).spec,
    training,
    batch: Math.min(config.batchSize, splits.train.length),
    classes: dataset.classes.length,
    mixed: shownViews(augmentation, training.mixing).mixed,
    ...(teacher === undefined ? {} : { teacher: { classes: teacher.classes, taps: Object.fromEntries(shapes) } }),
  };
}

/** Everything that the measurement depends on. */
async function keyOf(engine: EngineName, work: StepWork, settings: readonly WorkerSetting[]): Promise<string> {
  const probe = await engines[engine].probe();
  const library = probe.available ? probe.version : '';
  const machine = [cpus()[0]?.model.trim() ?? 'unknown', platform(), arch(), Math.round(machineMemory() / 1e9)];
  const training = { ...work.training, epochs: 1 };
  return digestOf({ machine, engine, library, version, node: process.version, settings, work: { ...work, training } });
}
