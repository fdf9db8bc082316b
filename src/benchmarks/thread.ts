import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../core/errors.js';
import type { Engine } from '../engines/Engine.js';
import { openEngine } from '../engines/registry.js';
import { openBenchmark, type BenchmarkProgram } from './benchmarkProgram.js';
import type { FromThread, ThreadStart, ToThread } from './BenchmarkThread.js';

// One engine in one worker thread, as a search would hold it; steps are run when asked for.
const port = parentPort;
if (port === null) throw new Error('benchmarks/thread runs as a worker thread only');
const { engine: name, threads }: ThreadStart = workerData;
let engine: Engine | undefined;
let program: BenchmarkProgram | undefined;

async function answer(message: ToThread): Promise<FromThread> {
  switch (message.kind) {
    case 'open': {
      const begin = performance.now();
      engine ??= await openEngine(name, { threads });
      const openMs = performance.now() - begin;
      program?.dispose();
      program = await openBenchmark(engine, message.case);
      return { kind: 'opened', openMs, compileMs: program.compileMs, version: engine.info.version };
    }
    case 'run': {
      if (program === undefined) throw new Error('nothing is open');
      const times: number[] = [];
      for (let i = 0; i < message.steps; i++) times.push(await program.run());
      return { kind: 'times', times };
    }
    case 'close': {
      program?.dispose();
      engine?.close();
      return { kind: 'closed' };
    }
  }
}

port.on('message', (message: ToThread) => {
  answer(message)
    .catch((error: unknown): FromThread => ({ kind: 'failed', reason: messageOf(error) }))
    .then((result) => {
      port.postMessage(result);
      if (message.kind === 'close') port.close();
    });
});
