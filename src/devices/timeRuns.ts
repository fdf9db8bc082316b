import type { OnnxRunner } from '../engines/onnx/openOnnxRunner.js';

/** Latencies of one model, milliseconds. */
export interface Timing {
  readonly median: number;
  readonly p95: number;
  /** Inferences behind the figures. */
  readonly runs: number;
  /** Share of the time that the process held its core; less than about 0.9 means that other work took it away. */
  readonly held: number;
}

/** Wall time and this process's CPU time, milliseconds since whenever. */
export interface Clock {
  wall(): number;
  cpu(): number;
}

const machineClock: Clock = {
  wall: () => performance.now(),
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};

export interface TimingOptions {
  /** Milliseconds of undisturbed runs that are wanted. */
  readonly wanted?: number;
  /** With several threads CPU time says nothing about waiting: every group counts. */
  readonly threads?: number;
  readonly clock?: Clock;
}

const warmUpMs = 10;
const groupMs = 1;
const fewestGroups = 10;
/** A group of runs counts if the process was on a core for this share of it. */
const undisturbed = 0.95;

/**
 * Times inferences in groups of about a millisecond. A group in which the process lost its core (CPU time < 95 % of wall
 * time) is left out, as long as enough others come within four times the time; then all count.
 */
export async function timeRuns(
  runner: OnnxRunner,
  { wanted = 60, threads = 1, clock = machineClock }: TimingOptions = {},
): Promise<Timing> {
  const started = clock.wall();
  let warm = 0;
  do {
    await runner.run();
    warm++;
  } while (clock.wall() - started < warmUpMs || warm < 3);
  const size = Math.max(1, Math.round((groupMs * warm) / (clock.wall() - started)));
  const clean: number[] = [];
  const all: number[] = [];
  let cleanMs = 0;
  let cleanGroups = 0;
  let cpuMs = 0;
  let wallMs = 0;
  while ((cleanMs < wanted || cleanGroups < fewestGroups) && (wallMs < 4 * wanted || all.length < fewestGroups)) {
    const before = clock.cpu();
    const runs: number[] = [];
    const from = clock.wall();
    let last = from;
    for (let i = 0; i < size; i++) {
      await runner.run();
      const now = clock.wall();
      runs.push(now - last);
      last = now;
    }
    const wall = last - from;
    const cpu = clock.cpu() - before;
    all.push(...runs);
    wallMs += wall;
    cpuMs += Math.min(cpu, wall);
    if (threads === 1 && cpu < undisturbed * wall) continue;
    clean.push(...runs);
    cleanMs += wall;
    cleanGroups++;
  }
  const times = (cleanGroups >= fewestGroups ? clean : all).sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))];
  return { median: at(0.5), p95: at(0.95), runs: times.length, held: threads === 1 ? cpuMs / wallMs : 1 };
}
