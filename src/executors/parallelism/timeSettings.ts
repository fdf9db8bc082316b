import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NasDistillError } from '../../core/errors.js';
import { packageRoot } from '../../core/packageRoot.js';
import type { EngineName } from '../../engines/Engine.js';
import { nextTiming, outcomeOf, type PastTiming, type TimingAnswer, type TimingLimits } from './nextTiming.js';
import type { FromStepProcess, StepProcessStart } from './stepProcess.js';
import type { StepWork } from './StepWork.js';
import type { TimedSetting } from './WorkerSetting.js';

/** From src/ too: processes run JavaScript, so the sources' tests use the build. */
const script = join(packageRoot, 'dist', 'executors', 'parallelism', 'stepProcess.js');
/** A process that takes longer hangs. */
const hangsMs = 120_000;

export interface TimedSettings {
  readonly timed: readonly TimedSetting[];
  /** Other work on the machine took part of the cores meanwhile. */
  readonly disturbed: boolean;
  readonly ms: number;
}

/**
 * Times real training steps under each setting that may be worth it (`nextTiming`), in processes of their own, one after the other.
 * @throws NasDistillError ENGINE_FAILED if the engine cannot do the step here, or its process dies
 */
export async function timeSettings(
  options: TimingLimits & { readonly engine: EngineName; readonly work: StepWork },
): Promise<TimedSettings> {
  const { engine, work, ...limits } = options;
  const begin = performance.now();
  const past: PastTiming[] = [];
  for (let asked; (asked = nextTiming(limits, past, performance.now() - begin)) !== undefined;) {
    past.push({ asked, answer: await timeIn({ engine, work, ...asked }) });
  }
  return { ...outcomeOf(limits, past), ms: performance.now() - begin };
}

async function timeIn(start: StepProcessStart): Promise<TimingAnswer> {
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
