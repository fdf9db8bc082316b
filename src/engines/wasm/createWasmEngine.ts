import { getThreadsCount, setThreadsCount, setWasmPaths, version_wasm } from '@tensorflow/tfjs-backend-wasm';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { NasDistillError, messageOf } from '../../core/errors.js';
import { EagerEngine } from '../eager/EagerEngine.js';
import type { Engine, EngineOptions } from '../Engine.js';
import { getBackend, setBackend } from '../tf.js';
import { registerComposedKernels } from './kernels/registerComposedKernels.js';

const backendName = 'wasm';
let ready: Promise<void> | undefined;

/**
 * The portable engine: tfjs's WebAssembly backend, able to train through kernels composed of its own. One backend a
 * thread (main or worker), shared by all wasm engines opened there; in Node it computes on one thread whatever
 * `options.threads` says, and `info.threads` tells so.
 * @throws NasDistillError ENGINE_MISSING if WebAssembly cannot be started.
 */
export async function createWasmEngine(options: EngineOptions): Promise<Engine> {
  registerComposedKernels();
  ready ??= initialise(options.threads).catch((error: unknown) => {
    ready = undefined;
    throw error;
  });
  await ready;
  const version = `@tensorflow/tfjs-backend-wasm ${version_wasm}`;
  return new EagerEngine({ name: 'wasm', version, threads: Math.max(1, getThreadsCount()) }, backendName);
}

async function initialise(threads: number): Promise<void> {
  const manifest = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json');
  setWasmPaths(join(dirname(manifest), 'dist') + sep);
  setThreadsCount(threads);
  const former = getBackend();
  let cause: unknown;
  const works = await keepingProcessListeners(() =>
    setBackend(backendName).catch((error: unknown) => {
      cause = error;
      return false;
    }),
  );
  if (!works) {
    throw new NasDistillError(
      'ENGINE_MISSING',
      `engine wasm: WebAssembly did not start: ${messageOf(cause ?? 'no reason given')}`,
      {
        hint: 'Install the package again: npm install @tensorflow/tfjs-backend-wasm',
        cause,
      },
    );
  }
  if (former) await setBackend(former);
}

/** Emscripten's loader adds process-wide handlers that turn every uncaught error into its own; they are taken off again. */
async function keepingProcessListeners<T>(code: () => Promise<T>): Promise<T> {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = new Set(events.flatMap((event) => process.rawListeners(event)));
  try {
    return await code();
  } finally {
    for (const event of events) {
      for (const listener of process.rawListeners(event)) {
        if (!before.has(listener)) process.off(event, listener as (...args: unknown[]) => void);
      }
    }
  }
}
