import { workerBytes, type TimedSetting, type WorkerSetting } from './WorkerSetting.js';

/** No further setting is begun after so long. */
const enoughMs = 4000;
/** Other work has the cores if our threads had them for less than this share of the time. */
const undisturbed = 0.9;
/**
 * Share of the cores' number that as many workers reach: then threads are not tried. Operators that do not split keep several
 * threads of one step far from it (two did 1.0 to 1.5 times the steps of one, two workers 1.7 to 2.0 times).
 */
const nearIdeal = 0.8;
/** Threads do not do more than this share of what as many single ones do. */
const impossible = 1.1;

/** What is timed in one process: workers of so many threads each, in several numbers. */
export interface Timing {
  readonly threads: number;
  readonly counts: readonly number[];
}

/** What was measured of one number of workers. */
export interface StepRate {
  readonly workers: number;
  /** Of all of them. */
  readonly stepsPerSecond: number;
  /** Share of the time that the workers held their cores; 1 where that cannot be told. */
  readonly held: number;
}

/** What came of it. */
export interface TimingAnswer {
  readonly rates: readonly StepRate[];
  /** Threads that the engine really has. */
  readonly threads: number;
  /** Resident memory, with as many workers as the largest count. */
  readonly bytes: number;
}

export interface TimingLimits {
  /** As `workerSettings` gives them. */
  readonly settings: readonly WorkerSetting[];
  readonly cores: number;
  /** Bytes that all workers may take: settings beyond are left out. */
  readonly memory: number;
}

export interface PastTiming {
  readonly asked: Timing;
  readonly answer: TimingAnswer;
}

/**
 * What to time next, by what was measured so far and nothing else; undefined where no other setting can be much better (as many
 * workers as cores do nearly as many times the steps of one), or after some seconds.
 * @param ms since the first one was begun
 */
export function nextTiming(limits: TimingLimits, past: readonly PastTiming[], ms: number): Timing | undefined {
  const { timed } = outcomeOf(limits, past);
  if (timed.length > 0 && (ms > enoughMs || nearlyIdeal(timed, limits.cores))) return undefined;
  for (const threads of new Set(limits.settings.map((setting) => setting.threads))) {
    if (past.some(({ asked }) => asked.threads === threads)) continue;
    const counts = limits.settings.filter((setting) => setting.threads === threads).map(({ workers }) => workers);
    const fit = counts.filter((count) => fits(count, limits, past));
    if (fit.length > 0) return { threads, counts: fit };
  }
  return undefined;
}

/** The settings that were timed and may be used, and whether other work on the machine took part of the cores meanwhile. */
export function outcomeOf(
  limits: TimingLimits,
  past: readonly PastTiming[],
): { timed: readonly TimedSetting[]; disturbed: boolean } {
  const kept = past.filter((one, i) => i === 0 || asAsked(one));
  const rates = kept.flatMap(({ asked, answer }) => answer.rates.map((rate) => ({ ...rate, threads: asked.threads })));
  const timed = rates
    .filter(({ workers }) => fits(workers, limits, past))
    .map(({ workers, threads, stepsPerSecond }) => ({ workers, threads, stepsPerSecond }));
  const [one] = timed;
  // More than as many times the steps of one as there are threads: then the one was held up.
  const wrong = timed.some((other) => {
    const ideal = (other.workers * other.threads) / (one.workers * one.threads);
    return other.stepsPerSecond > impossible * ideal * one.stepsPerSecond;
  });
  return { timed, disturbed: wrong || rates.some(({ held }) => held < undisturbed) };
}

/** An engine with one pool for all, or with one thread whatever is asked for, does the same as before. */
function asAsked({ asked, answer }: PastTiming): boolean {
  return asked.threads === answer.threads;
}

/** Whether memory allows so many workers, by what those that were timed took; one there must be. */
function fits(count: number, { memory }: TimingLimits, past: readonly PastTiming[]): boolean {
  const sizes = past.map(({ asked, answer }) => answer.bytes / Math.max(...asked.counts));
  return count === 1 || count * Math.max(workerBytes, ...sizes) <= memory;
}

/** Whether as many workers as there are cores do nearly as many times the steps of one. */
function nearlyIdeal(timed: readonly TimedSetting[], cores: number): boolean {
  const rate = (count: number) => timed.find(({ workers, threads }) => workers === count && threads === 1);
  const [one, all] = [rate(1), rate(cores)];
  return one !== undefined && all !== undefined && all.stepsPerSecond >= nearIdeal * cores * one.stepsPerSecond;
}
