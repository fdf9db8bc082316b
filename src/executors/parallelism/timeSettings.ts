import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NasDistillError } from '../../core/errors.js';
import { packageRoot } from '../../core/packageRoot.js';
import type { EngineName } from '../../engines/Engine.js';
import type { FromStepProcess, StepProcessStart } from './stepProcess.js';
import type { StepWork } from './StepWork.js';
import { workerBytes, type TimedSetting, type WorkerSetting } from './WorkerSetting.js';

/** From src/ too: processes run JavaScript, so the sources' tests use the build. */
const script = join(packageRoot, 'dist', 'executors', 'parallelism', 'stepProcess.js');
/** No further setting is begun after so long. */
const enoughMs = 4000;
/** A process that takes longer hangs. */
const hangsMs = 120_000;
/** Other work has the cores if our threads had them for less than this share of the time. */
const undisturbed = 0.9;
/**
 * Share of the cores' number that as many workers reach: then threads are not tried. Operators that do not split keep several
 * threads of one step far from it (two did 1.0 to 1.5 times the steps of one, two workers 1.7 to 2.0 times).
 */
const nearIdeal = 0.8;

/** Threads do not do more than this share of what as many single ones do. */
const impossible = 1.1;

export interface TimedSettings {
  readonly timed: readonly TimedSetting[];
  /** Other work on the machine took part of the cores meanwhile. */
  readonly disturbed: boolean;
  readonly ms: number;
}

/**
 * Times real training steps under each setting, in processes of their own, one after the other. Stops where no other setting
 * can be much better (as many workers as cores do nearly as many times the steps of one), or after some seconds.
 * @param settings as `workerSettings` gives them @param memory bytes that all workers may take: settings beyond are left out
 * @throws NasDistillError ENGINE_FAILED if the engine cannot do the step here, or its process dies
 */
export async function timeSettings(options: {
  readonly engine: EngineName;
  readonly work: StepWork;
  readonly settings: readonly WorkerSetting[];
  readonly cores: number;
  readonly memory: number;
}): Promise<TimedSettings> {
  const { engine, work, settings, cores, memory } = options;
  const begin = performance.now();
  const timed: TimedSetting[] = [];
  let disturbed = false;
  let workerSize = workerBytes;
  for (const threads of new Set(settings.map((setting) => setting.threads))) {
    const counts = settings.filter((setting) => setting.threads === threads).map(({ workers }) => workers);
    const fit = counts.filter((count) => count === 1 || count * workerSize <= memory);
    if (timed.length > 0 && (performance.now() - begin > enoughMs || nearlyIdeal(timed, cores))) break;
    const answer = await timeIn({ engine, threads, work, counts: fit });
    // An engine with one pool for all, or with one thread whatever is asked for: the same as before.
    if (answer.threads !== threads && timed.length > 0) continue;
    workerSize = Math.max(workerSize, answer.bytes / Math.max(...fit));
    for (const { workers, stepsPerSecond, held } of answer.rates) {
      timed.push({ workers, threads, stepsPerSecond });
      disturbed ||= held < undisturbed;
    }
  }
  // More than as many times the steps of one as there are threads: then the one was held up.
  const [one] = timed;
  const wrong = timed.some((other) => {
    const ideal = (other.workers * other.threads) / (one.workers * one.threads);
    return other.stepsPerSecond > impossible * ideal * one.stepsPerSecond;
  });
  return { timed, disturbed: disturbed || wrong, ms: performance.now() - begin };
}

/** Whether as many workers as there are cores do nearly as many times the steps of one. */
function nearlyIdeal(timed: readonly TimedSetting[], cores: number): boolean {
  const rate = (count: number) => timed.find(({ workers, threads }) => workers === count && threads === 1);
  const [one, all] = [rate(1), rate(cores)];
  return one !== undefined && all !== undefined && all.stepsPerSecond >= nearIdeal * cores * one.stepsPerSecond;
}

async function timeIn(start: StepProcessStart): Promise<Extract<FromStepProcess, { readonly kind: 'rates' }>> {
  if (!existsSync(script)) {
    throw new NasDistillError('INTERNAL', `the process that times steps, ${script}, is missing`, {
      hint: 'Build it with: npm run build',
    });
  }
  // Standard output belongs to the command's result; what a dying library says is in the way here.
  const child = fork(script, [], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
    execArgv: process.execArgv.filter((flag) => flag.startsWith('--max-')),
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), hangsMs);
  try {
    const answer = await new Promise<FromStepProcess>((resolve) => {
      child.once('message', resolve);
      child.once('error', (error) => resolve({ kind: 'failed', reason: error.message }));
      child.once('exit', (code, signal) => resolve({ kind: 'failed', reason: `it ended (${signal ?? code})` }));
      child.send(start, () => undefined);
    });
    if (answer.kind === 'rates') return answer;
    throw new NasDistillError('ENGINE_FAILED', `timing training steps on ${start.engine}: ${answer.reason}`);
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
  }
}
