import type { Progress } from '../core/progress.js';
import type { EngineName } from '../engines/Engine.js';
import { prepareThreads } from '../engines/registry.js';
import { benchmarkModes, type BenchmarkMode } from './benchmarkProgram.js';
import type { BenchmarkNetName } from './nets.js';
import { addPeers, engineRunner, type EngineRunner, type PeerRunner, type Runner, type Sample } from './runners.js';
import { scalingOf, type Scaling } from './scalingOf.js';
import { spreadOf, type Spread } from './Spread.js';

/** One engine on one net, all in milliseconds per step of work; `workers` threads with one core each, side by side. */
export interface EngineTimes {
  readonly engine: EngineName;
  readonly version: string;
  readonly workers: number;
  readonly step_ms: number;
  readonly forward_ms: number;
  readonly step: Spread;
  readonly forward: Spread;
  readonly compile_ms: number;
  readonly open_ms: number;
  /** The peer's time for a training step over this engine's, at equal core count: above 1 is faster than the peer. */
  readonly ratio_to_peer?: number;
  readonly forward_ratio_to_peer?: number;
  /** Where there are several workers: how many times the work of one they do. */
  readonly scaling?: Scaling;
}
export interface NetTimes {
  readonly net: BenchmarkNetName;
  readonly batch: number;
  readonly engines: readonly EngineTimes[];
  /** The peer's best setting for each core count. */
  readonly peer?: readonly {
    readonly cores: number;
    readonly step: Spread;
    readonly forward: Spread;
    /** The control of `scaling` above: so many processes with one thread each, over one of them, in the layout that is better for one. */
    readonly scaling?: Scaling;
  }[];
}
export interface BenchmarkReport {
  readonly cores: number;
  /** Such as `PyTorch 2.15.0`. */
  readonly peer?: string;
  readonly nets: readonly NetTimes[];
}

/**
 * Times every engine on every net, round by round: within a round each contestant runs in turn, so that what else the machine
 * does falls on all of them. Rounds are long enough for a second of work each.
 */
export async function benchmarkEngines(options: {
  engines: readonly EngineName[];
  nets: readonly BenchmarkNetName[];
  batches: readonly number[];
  /** Worker counts, such as 1 and the number of cores. */
  workers: readonly number[];
  rounds: number;
  /** A Python with PyTorch. */
  peer?: string;
  progress: Progress;
}): Promise<BenchmarkReport> {
  const { engines, nets, batches, workers, rounds, peer, progress } = options;
  for (const engine of engines) await prepareThreads(engine);
  const cases = nets.flatMap((net) => batches.map((batch) => ({ net, batch })));
  const task = progress.start('Benchmark', cases.length * benchmarkModes.length);
  const results: NetTimes[] = [];
  let version: string | undefined;
  let done = 0;
  for (const { net, batch } of cases) {
    const ours: EngineRunner[] = [];
    const peers: PeerRunner[] = [];
    const samples = new Map<Runner, Record<BenchmarkMode, readonly Sample[]>>();
    const compileMs = new Map<Runner, number>();
    try {
      if (peer !== undefined) for (const count of workers) await addPeers(peers, peer, count);
      for (const engine of engines) for (const count of workers) ours.push(engineRunner(engine, count));
      const all: Runner[] = [...ours, ...peers];
      for (const mode of benchmarkModes) {
        for (const runner of all) await runner.open({ net, batch, mode });
        if (mode === 'step') for (const runner of ours) compileMs.set(runner, runner.opened.compileMs);
        const taken = await interleaved(all, rounds);
        all.forEach((runner, i) => {
          const before = samples.get(runner) ?? { step: taken[i], forward: taken[i] };
          samples.set(runner, { ...before, [mode]: taken[i] });
        });
        task.update(++done, `${net}, batch ${batch}, ${mode}`);
      }
    } finally {
      for (const runner of [...ours, ...peers]) await runner.close();
    }
    version ??= peers[0]?.version;
    const samplesOf = (runner: Runner) => samples.get(runner) ?? never();
    const timesOf = (runner: Runner): Record<BenchmarkMode, Spread> => {
      const { step, forward } = samplesOf(runner);
      return { step: spreadOf(step.map(wall)), forward: spreadOf(forward.map(wall)) };
    };
    const scaling = (one: Runner | undefined, many: Runner | undefined): { scaling?: Scaling } =>
      one && many && many.cores > one.cores ? { scaling: scalingOf(samplesOf(one), samplesOf(many)) } : {};
    const onePeer = peers
      .filter((p) => p.cores === 1)
      .sort((a, b) => timesOf(a).step.median - timesOf(b).step.median)[0];
    const best = workers.map((cores) => ({
      cores,
      ...bestOf(peers.filter((p) => p.cores === cores).map(timesOf)),
      ...scaling(
        onePeer,
        peers.find((p) => p.cores === cores && p.threads === 1 && p.layout === onePeer.layout),
      ),
    }));
    results.push({
      net,
      batch,
      engines: ours.map((runner) => {
        const { step, forward } = timesOf(runner);
        const rival = peers.length === 0 ? undefined : best.find((b) => b.cores === runner.cores);
        return {
          engine: runner.engine,
          version: runner.opened.version,
          workers: runner.cores,
          step_ms: step.median,
          forward_ms: forward.median,
          step,
          forward,
          compile_ms: compileMs.get(runner) ?? never(),
          open_ms: runner.opened.openMs,
          ...(rival
            ? {
                ratio_to_peer: rival.step.median / step.median,
                forward_ratio_to_peer: rival.forward.median / forward.median,
              }
            : {}),
          ...scaling(
            ours.find((one) => one.engine === runner.engine && one.cores === 1),
            runner,
          ),
        };
      }),
      ...(peers.length === 0 ? {} : { peer: best }),
    });
  }
  task.end(`${cases.length} nets timed`);
  return { cores: Math.max(...workers), ...(version === undefined ? {} : { peer: version }), nets: results };
}

/** Each runner's milliseconds per step over the rounds; some steps before set their length. */
async function interleaved(runners: readonly Runner[], rounds: number): Promise<Sample[][]> {
  const steps: number[] = [];
  for (const runner of runners) {
    await runner.run(2);
    steps.push(Math.min(400, Math.max(2, Math.round(1000 / ((await runner.run(3)).wall * runner.cores)))));
  }
  const samples: Sample[][] = runners.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, runner] of runners.entries()) samples[i].push(await runner.run(steps[i]));
  }
  return samples;
}

function wall(sample: Sample): number {
  return sample.wall;
}

function bestOf(settings: readonly Record<BenchmarkMode, Spread>[]): Record<BenchmarkMode, Spread> {
  const best = (mode: BenchmarkMode) =>
    settings.map((setting) => setting[mode]).reduce((a, b) => (b.median < a.median ? b : a), none);
  return { step: best('step'), forward: best('forward') };
}
const none: Spread = { median: Infinity, min: Infinity, max: Infinity };

function never(): never {
  throw new Error('a runner was not timed');
}
