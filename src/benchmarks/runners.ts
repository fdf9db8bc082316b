import type { EngineName } from '../engines/Engine.js';
import type { BenchmarkCase } from './benchmarkProgram.js';
import { BenchmarkThread } from './BenchmarkThread.js';
import { PeerProcess, type PeerLayout } from './PeerProcess.js';

/** Milliseconds per step of work. */
export interface Sample {
  /** From the start until the last member has done its steps. */
  readonly wall: number;
  /** With each member's steps counted over that member's own time: nobody waits for the last one, as nobody does in a search. */
  readonly own: number;
}

/** Something that runs a case on so many cores. */
export interface Runner {
  readonly cores: number;
  open(benchmark: BenchmarkCase): Promise<void>;
  run(steps: number): Promise<Sample>;
  close(): Promise<void>;
}

/**
 * Side by side: all members do so many steps at once, and before that half as many (two at least) that are not counted: after a pause of
 * some seconds, the turns of the other contestants, the first steps take longer, and training does not pause.
 */
export async function sideBySide(members: readonly Member[], steps: number): Promise<Sample> {
  const warmUp = Math.max(2, Math.round(steps / 2));
  await Promise.all(members.map((member) => member.run(warmUp)));
  const begin = performance.now();
  const times = await Promise.all(members.map((member) => member.run(steps)));
  const wall = (performance.now() - begin) / (steps * members.length);
  const rates = times.map((own) => own.length / own.reduce((a, b) => a + b, 0));
  return { wall, own: 1 / rates.reduce((a, b) => a + b, 0) };
}
interface Member {
  /** Milliseconds of each step. */
  run(steps: number): Promise<readonly number[]>;
}

export interface EngineRunner extends Runner {
  readonly engine: EngineName;
  /** Of the last `open`, slowest worker. */
  readonly opened: { readonly openMs: number; readonly compileMs: number; readonly version: string };
}

/** An engine as a search uses it: `workers` threads with one core each. */
export function engineRunner(engine: EngineName, workers: number): EngineRunner {
  const threads = Array.from({ length: workers }, () => new BenchmarkThread({ engine, threads: 1 }));
  let opened = { openMs: 0, compileMs: 0, version: '' };
  return {
    engine,
    cores: workers,
    get opened() {
      return opened;
    },
    open: async (benchmark) => {
      const answers = await Promise.all(threads.map((thread) => thread.open(benchmark)));
      opened = {
        openMs: Math.max(opened.openMs, ...answers.map((a) => a.openMs)),
        compileMs: Math.max(...answers.map((a) => a.compileMs)),
        version: answers[0].version,
      };
    },
    run: (steps) => sideBySide(threads, steps),
    close: async () => void (await Promise.all(threads.map((thread) => thread.close()))),
  };
}

export interface PeerRunner extends Runner {
  /** Such as `PyTorch 2.15.0`. */
  readonly version: string;
  readonly layout: PeerLayout;
  /** Of one process; several processes have one each. */
  readonly threads: number;
}

/** PyTorch in `processes` processes of `threads` threads each. */
async function peerRunner(python: string, processes: number, threads: number, layout: PeerLayout): Promise<PeerRunner> {
  const peers: PeerProcess[] = [];
  const close = async () => void (await Promise.all(peers.map((peer) => peer.close())));
  try {
    for (let i = 0; i < processes; i++) peers.push(await PeerProcess.start(python, threads));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    cores: processes * threads,
    version: peers[0].version,
    layout,
    threads,
    open: async (benchmark) => void (await Promise.all(peers.map((peer) => peer.open(benchmark, layout)))),
    run: (steps) => sideBySide(peers, steps),
    close,
  };
}

/** Adds every setting of PyTorch on `cores` cores that may be its best: both layouts, and processes or threads for the cores. */
export async function addPeers(to: PeerRunner[], python: string, cores: number): Promise<void> {
  for (const layout of ['contiguous', 'channels_last'] as const) {
    to.push(await peerRunner(python, 1, cores, layout));
    if (cores > 1) to.push(await peerRunner(python, cores, 1, layout));
  }
}
