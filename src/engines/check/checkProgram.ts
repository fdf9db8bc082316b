import { z } from 'zod';
import { NasDistillError, messageOf } from '../../core/errors.js';
import { engineNames, type Engine } from '../Engine.js';
import type { CheckReport } from './checkEngine.js';
import { runTrainingCheck } from './trainingCheck.js';

// A process of its own, since a native library that fails may end the process: opens one engine, trains, prints one line.
const request = z.object({
  engine: z.enum(engineNames),
  threads: z.number(),
  /** An engine that is being installed: its parts, and whether a GPU is asked for. */
  parts: z
    .object({
      binding: z.string(),
      environment: z.string(),
      library: z.string(),
      kernels: z.string(),
      javascript: z.string(),
    })
    .optional(),
});

async function open(asked: z.infer<typeof request>): Promise<Engine> {
  const { engine, threads, parts } = asked;
  if (parts === undefined) {
    const { engines } = await import('../registry.js');
    return engines[engine].open({ threads });
  }
  // An install is checked on the CPU where no GPU is: the libraries load and compute all the same.
  const { openNative } = await import('../native/createNativeEngine.js');
  return openNative(engine === 'cuda' ? 'cuda' : 'native', parts, { threads }, { needGpu: false });
}

async function check(): Promise<CheckReport> {
  const begin = performance.now();
  const engine = await open(request.parse(JSON.parse(process.argv[2])));
  const openMs = performance.now() - begin;
  const result = await runTrainingCheck(engine);
  const { version, threads, device } = engine.info;
  engine.close();
  return { ok: true, ...result, openMs, version, threads, ...(device === undefined ? {} : { device }) };
}

const answer = await check().catch((error: unknown): CheckReport => {
  const known = error instanceof NasDistillError;
  const message = messageOf(error).split('\n')[0];
  return {
    ok: false,
    code: known ? error.code : 'INTERNAL',
    message,
    ...(known && error.hint ? { hint: error.hint } : {}),
  };
});
process.stdout.write(`${JSON.stringify(answer)}\n`);
