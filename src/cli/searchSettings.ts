import { NasDistillError } from '../core/errors.js';
import { canonicalJson, digestOf } from '../core/digest.js';
import { parseStudyConfig, readStudyFile, resumableKeys, type StudyConfig } from '../search/StudyConfig.js';
import { autoPruner } from '../pruners/auto.js';
import { autoSampler } from '../samplers/auto.js';
import { loadSpace } from '../spaces/loadSpace.js';
import type { SearchSpace } from '../spaces/SearchSpace.js';
import { checkStudyName } from '../store/checkStudyName.js';
import type { StudyRecord } from '../store/types.js';

/** Flags that a user gave, by the study file's keys; undefined where not given. */
export type SearchFlags = Readonly<Record<string, unknown>>;

/** A study's settings and the space that they name, read once: a file that changes meanwhile does not come apart. */
export interface OpenSettings {
  readonly config: StudyConfig;
  readonly space: SearchSpace;
}

/** Settings of a new study: file, flags on top; what both leave open of the training is the space's. */
export function openSettings(file: string | undefined, flags: SearchFlags): OpenSettings {
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
  const settings = { ...(file === undefined ? {} : readStudyFile(file)), ...given };
  const space = loadSpace(parseStudyConfig(settings).space);
  return { config: parseStudyConfig(settings, 'settings', undefined, space.defaults), space };
}

/** The settings alone. */
export function settingsOf(file: string | undefined, flags: SearchFlags): StudyConfig {
  return openSettings(file, flags).config;
}

/** Settings as a study stores them: with what was chosen for it. */
export function storedSettings(config: StudyConfig, teacher: string): StudyConfig {
  const sampler = config.sampler === 'auto' ? autoSampler : config.sampler;
  const pruner = config.pruner === 'auto' ? autoPruner(config.epochs) : config.pruner;
  return { ...config, sampler, pruner, teacher };
}

/** A study's name: as given, else space-data-budgets. */
export function studyName(config: StudyConfig): string {
  if (config.name !== undefined) {
    checkStudyName(config.name);
    return config.name;
  }
  const parts = [config.space, config.data, ...config.devices, ...config.budgets].map(
    (part) => part.split(/[\\/]/).pop() ?? part,
  );
  const name = parts
    .join('-')
    .replace(/\.ya?ml/g, '')
    .replace(/[^A-Za-z0-9._-]+/g, '_')
    .slice(0, 64);
  checkStudyName(name);
  return name;
}

/**
 * Settings with which a stored study goes on: its own, but for what may change (trials, time, workers, engine).
 * @throws NasDistillError STUDY_EXISTS if the new settings would be another study.
 */
export function resumedSettings(
  stored: StudyRecord,
  config: StudyConfig,
  flags: SearchFlags,
  explicit: boolean,
): StudyConfig {
  // Studies from before there were pruners have none.
  const before = parseStudyConfig({ pruner: 'none', ...stored.settings }, `study ${stored.name}`);
  // Keys of both: one that was not set before may be set now.
  const changed = Object.keys({ ...before, ...config }).find((key) => {
    if ((resumableKeys as readonly string[]).includes(key)) return false;
    // With --resume only what was really given counts; else the whole command must describe the same study.
    if (explicit && flags[key] === undefined) return false;
    // Without --teacher the study's own is meant, whichever was chosen when it began.
    if (key === 'teacher' && config.teacher === undefined) return false;
    // auto asks for none in particular.
    if ((key === 'sampler' || key === 'pruner') && config[key] === 'auto') return false;
    return canonicalJson(valueOf(before, key)) !== canonicalJson(valueOf(config, key));
  });
  if (changed !== undefined) {
    throw new NasDistillError(
      'STUDY_EXISTS',
      `study ${stored.name} exists with other settings: ${changed} is ${shown(before, changed)}, asked for is ${shown(config, changed)}`,
      {
        hint: `Give the new one a name (--study NAME), go on with the old one (--resume ${stored.name}) or delete it (nas-distill delete ${stored.name}).`,
      },
    );
  }
  const kept = Object.fromEntries(
    resumableKeys.map((key) => [key, explicit && flags[key] === undefined ? before[key] : config[key]]),
  );
  return { ...before, ...kept, ...resumedWorkers(before, config, flags) };
}

/**
 * How the cores are shared out when a study goes on: as it was, but for what is asked for now. `--workers auto` measures again,
 * unless the study is deterministic: another number of workers would make it another one.
 */
function resumedWorkers(before: StudyConfig, config: StudyConfig, flags: SearchFlags) {
  const again = flags.workers === 'auto' && !before.deterministic;
  const workers = config.workers === 'auto' && !again ? before.workers : config.workers;
  // Threads that were chosen for another number of workers say nothing, nor does what was prepared beside others.
  const own = workers === before.workers ? before.threads : undefined;
  const threads = config.threads ?? own;
  const same = workers === before.workers && threads === before.threads && flags.ahead !== 'auto';
  return { workers, threads, ahead: config.ahead === 'auto' && same ? before.ahead : config.ahead };
}

/** A setting for a message; of a recipe its name and the head of its digest, as two of one name may differ. */
function shown(config: StudyConfig, key: string): string {
  if (key !== 'recipe' || config.recipe === undefined) return canonicalJson(valueOf(config, key));
  return `${config.recipe.name ?? 'without a name'} (${digestOf(config.recipe).slice(0, 8)})`;
}

function valueOf(config: StudyConfig, key: string): unknown {
  const entry = Object.entries(config).find(([name]) => name === key);
  return entry === undefined ? null : (entry[1] ?? null);
}
