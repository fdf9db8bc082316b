import { NasDistillError } from '../core/errors.js';
import type { EngineName } from '../engines/Engine.js';
import { workerBytes, type WorkerSetting } from '../executors/parallelism/WorkerSetting.js';
import type { StudyConfig } from '../search/StudyConfig.js';

/** Engines that train on the processor; the others leave it to whoever prepares a candidate. */
const onProcessor: readonly EngineName[] = ['onnx', 'wasm', 'native'];

/**
 * How many candidates a search prepares while others train. Where the settings leave it open: one, if a core is free for it and memory
 * allows one more worker, else none: on cores that all train, what preparing gives one trial it takes from another. A deterministic
 * study chooses whole waves, between which nothing trains: none.
 * @throws NasDistillError USAGE for a deterministic study that is to prepare some
 */
export function chooseAhead(
  { ahead, deterministic }: Pick<StudyConfig, 'ahead' | 'deterministic'>,
  { workers, threads }: WorkerSetting,
  machine: {
    readonly engine: EngineName;
    readonly cores: number;
    /** Bytes that all workers may take. */
    readonly memory: number;
  },
): number {
  if (deterministic) {
    if (ahead === 'auto' || ahead === 0) return 0;
    throw new NasDistillError('USAGE', `--ahead ${ahead}: a deterministic study prepares no candidate ahead`, {
      hint: 'Leave out --ahead or --deterministic.',
    });
  }
  if (ahead !== 'auto') return ahead;
  const free = workers * threads < machine.cores || !onProcessor.includes(machine.engine);
  return free && (workers + 1) * workerBytes <= machine.memory ? 1 : 0;
}
