import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cpuQuota } from '../../src/core/availableCores.js';
import { nextTiming, outcomeOf, type PastTiming } from '../../src/executors/parallelism/nextTiming.js';
import { bestSetting, mostWorkers, workerSettings } from '../../src/executors/parallelism/WorkerSetting.js';

/** A made-up machine: what it is, and what it would measure. */
interface Machine {
  readonly cores: number;
  /** Bytes; default: plenty. */
  readonly memory?: number;
  readonly trials?: number;
  /** Bytes that a worker really takes. */
  readonly workerBytes?: number;
  /** Times the steps of one worker with one thread. */
  readonly speed: (workers: number, threads: number) => number;
  /** Of threads that the engine has when it is asked for so many. */
  readonly engineThreads?: (asked: number) => number;
  readonly held?: (workers: number) => number;
  /** What a timing takes. */
  readonly ms?: number;
}

const gigabytes = 1e9;

/** All that a search does to choose, with a table instead of a clock. */
function decide(machine: Machine) {
  const { cores, memory = 1000 * gigabytes, trials = 1000, workerBytes = 300e6, ms = 1000 } = machine;
  const limits = { settings: workerSettings(cores, mostWorkers({ cores, memory, trials })), cores, memory };
  const past: PastTiming[] = [];
  for (let asked; (asked = nextTiming(limits, past, ms * past.length)) !== undefined;) {
    const { threads, counts } = asked;
    const rates = counts.map((workers) => ({
      workers,
      stepsPerSecond: 10 * machine.speed(workers, threads),
      held: machine.held?.(workers) ?? 1,
    }));
    const bytes = workerBytes * Math.max(...counts);
    past.push({ asked, answer: { rates, threads: machine.engineThreads?.(threads) ?? threads, bytes } });
  }
  const { timed, disturbed } = outcomeOf(limits, past);
  const { workers, threads } = bestSetting(timed);
  const shown = past.map(({ asked }) => asked.counts.map((count) => `${count}x${asked.threads}`).join(' '));
  return { best: `${workers}x${threads}`, timed: shown.join(', '), disturbed };
}

/** Workers scale, threads of one step do not. */
const byWorkers = (workers: number, threads: number) => workers * threads ** 0.2;
/** As if memory's speed were all: no more than so many times one, however it is shared out. */
const upTo = (limit: number) => (workers: number, threads: number) => Math.min(limit, workers * threads ** 0.8);
/** Big steps that split well, and workers that take each other's cache. */
const byThreads = (workers: number, threads: number) => workers ** 0.5 * threads ** 0.95;

describe('of a table of speeds', () => {
  it.each<[string, Machine, string, string]>([
    // One core: there is nothing to choose.
    ['1 core', { cores: 1, speed: byWorkers }, '1x1', '1x1'],
    // Where as many workers as cores do nearly as many times the steps, nothing else is timed.
    ['2 cores', { cores: 2, speed: byWorkers }, '2x1', '1x1 2x1'],
    ['4 cores', { cores: 4, speed: byWorkers }, '4x1', '1x1 4x1'],
    ['8 cores', { cores: 8, speed: byWorkers }, '8x1', '1x1 8x1'],
    ['64 cores', { cores: 64, speed: byWorkers }, '64x1', '1x1 64x1'],
    ['6 cores, 5 times one', { cores: 6, speed: upTo(5) }, '6x1', '1x1 6x1'],
    // Where they do not, threads are tried; what does the same with more workers wins.
    ['4 cores, twice one', { cores: 4, speed: upTo(2) }, '4x1', '1x1 4x1, 2x2, 1x4'],
    ['8 cores, 3 times one', { cores: 8, speed: upTo(3) }, '8x1', '1x1 8x1, 4x2, 2x4, 1x8'],
    ['4 cores, steps that split', { cores: 4, speed: byThreads }, '1x4', '1x1 4x1, 2x2, 1x4'],
    ['8 cores, steps that split', { cores: 8, speed: byThreads }, '1x8', '1x1 8x1, 4x2, 2x4, 1x8'],
    // 64 cores have seven numbers of threads: after 4 s no further one is begun, and the best of what is known is taken.
    ['64 cores, steps that split', { cores: 64, speed: byThreads }, '4x16', '1x1 64x1, 32x2, 16x4, 8x8, 4x16'],
    ['64 cores, slow steps', { cores: 64, speed: byThreads, ms: 5000 }, '64x1', '1x1 64x1'],
    ['64 cores, quick steps', { cores: 64, speed: byThreads, ms: 100 }, '1x64', '1x1 64x1, 32x2, 16x4, 8x8, 4x16, 2x32, 1x64'],
    // Half of the 64 are the other half's second threads.
    ['64 cores, 36 times one', { cores: 64, speed: upTo(36), ms: 500 }, '64x1', '1x1 64x1, 32x2, 16x4, 8x8, 4x16, 2x32, 1x64'],
    // Few trials.
    ['8 cores, 2 trials', { cores: 8, trials: 2, speed: byWorkers }, '2x4', '1x1 2x1, 2x4, 1x8'],
    ['64 cores, 1 trial', { cores: 64, trials: 1, speed: byWorkers }, '1x64', '1x1, 1x64'],
    // Little memory: 400 MB a worker are taken for granted at first.
    ['4 cores, 1 GB', { cores: 4, memory: gigabytes, speed: byWorkers }, '2x2', '1x1 2x1, 2x2, 1x4'],
    ['64 cores, 2 GB', { cores: 64, memory: 2 * gigabytes, speed: byWorkers }, '5x12', '1x1 5x1, 5x12, 4x16, 2x32, 1x64'],
    ['8 cores, 100 MB', { cores: 8, memory: 1e8, speed: byWorkers }, '1x8', '1x1, 1x8'],
  ])('%s', (_what, machine, best, timed) => {
    expect(decide(machine)).toEqual({ best, timed, disturbed: false });
  }); // prettier-ignore

  it('workers that turn out to be larger than thought are not used, though they were the quickest', () => {
    const machine = { cores: 8, memory: 4 * gigabytes, speed: byWorkers };
    expect(decide(machine).best).toBe('8x1');
    expect(decide({ ...machine, workerBytes: 900e6 })).toEqual({
      best: '4x2',
      timed: '1x1 8x1, 4x2, 2x4, 1x8',
      disturbed: false,
    });
    // Those of which no number fits but one are not timed at all.
    expect(decide({ ...machine, cores: 64, workerBytes: 3 * gigabytes })).toMatchObject({
      best: '1x64',
      timed: '1x1 10x1, 1x64',
    });
  });

  it('an engine that has one thread whatever it is asked for is not timed as if it had more', () => {
    const machine = { cores: 4, speed: upTo(2), engineThreads: () => 1 };
    // A table in which more threads seem to do wonders.
    expect(decide({ ...machine, speed: (w, t) => upTo(2)(w, 1) * t }).best).toBe('4x1');
  });

  it('other work on the cores shows: they were not held, or more was done than can be', () => {
    const machine = { cores: 4, speed: byWorkers };
    expect(decide({ ...machine, held: (workers) => (workers === 4 ? 0.85 : 1) }).disturbed).toBe(true);
    expect(decide({ ...machine, held: () => 0.95 }).disturbed).toBe(false);
    // The one was held up: four do five times its steps.
    expect(decide({ ...machine, speed: (workers) => (workers === 4 ? 5 : 1) }).disturbed).toBe(true);
    expect(decide({ ...machine, speed: (workers) => (workers === 4 ? 4.2 : 1) }).disturbed).toBe(false);
  });
});

it("a control group's quota is its number of cores: 64 of which 2.5 are paid for are two", () => {
  const root = mkdtempSync(join(tmpdir(), 'quota-'));
  try {
    for (const [name, text] of [
      ['proc/self/cgroup', '0::/box\n'],
      ['sys/fs/cgroup/box/cpu.max', '250000 100000\n'],
    ] as const) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    const cores = Math.min(64, Math.floor(cpuQuota(root)));
    expect(decide({ cores, speed: byWorkers })).toMatchObject({ best: '2x1', timed: '1x1 2x1' });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
