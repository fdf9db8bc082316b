import { createRequire } from 'node:module';
import { join } from 'node:path';
import util from 'node:util';
import { z } from 'zod';
import { NasDistillError, messageOf } from '../../core/errors.js';
import { getBackend, registerBackend, setBackend, type KernelBackend } from '../tf.js';
import { keepHostValues } from './keepHostValues.js';
import { registerCorrectedKernels } from './correctedKernels.js';
import { recordable } from './record.js';
import { registerFusedKernels } from './fusedKernels.js';
import { registerOwnKernels } from './ownKernels.js';
import { tensorflowBackend, type TensorflowBinding } from './TensorflowBackend.js';

/** Where an installed engine keeps its parts (see engines/install). */
export interface TensorflowParts {
  /** The compiled binding, a .node file. */
  readonly binding: string;
  /** TensorFlow's lower library, which the binding needs. */
  readonly library: string;
  /** TensorFlow operators of our own. */
  readonly kernels: string;
  /** A tiny addon that sets variables of the process's own environment; see `nativeSources.ts`. */
  readonly environment: string;
  /** tfjs-node-gpu's `dist` folder. */
  readonly javascript: string;
}

/** What tfjs-node's files take from tfjs: they find it through the stand-in packages beside them. */
export const tfjsSymbol = Symbol.for('nas-distill/tfjs');

const backendModule = z.object({ NodeJSKernelBackend: z.custom<BackendClass>((value) => typeof value === 'function') });
type BackendClass = new (binding: TensorflowBinding, packageName: string) => KernelBackend;
const environmentAddon = z.object({
  set: z.custom<(name: string, value: string) => string>(isFunction),
  load: z.custom<(library: string) => void>(isFunction),
});

export interface LoadedTensorflow {
  readonly binding: string;
  readonly version: string;
  readonly gpu: boolean;
  /** The variables that were asked for, as they hold in this process. */
  readonly environment: Readonly<Record<string, string>>;
}

let loading: { readonly binding: string; readonly done: Promise<LoadedTensorflow> } | undefined;

/**
 * Loads TensorFlow into this thread and makes its backend ready, once; `environment` is put into the process's
 * environment first where it has no such variable, since TensorFlow reads it when it is loaded for the first time.
 * @throws NasDistillError ENGINE_MISSING if it does not load, or another one is loaded already
 */
export function loadTensorflow(
  parts: TensorflowParts,
  environment: Readonly<Record<string, string>>,
): Promise<LoadedTensorflow> {
  loading ??= { binding: parts.binding, done: load(parts, environment) };
  if (loading.binding === parts.binding) return loading.done;
  throw new NasDistillError('ENGINE_MISSING', `another TensorFlow is loaded in this process: ${loading.binding}`, {
    hint: 'Use one of the engines native and cuda in one command, not both.',
  });
}

async function load(parts: TensorflowParts, environment: Readonly<Record<string, string>>): Promise<LoadedTensorflow> {
  const require = createRequire(join(parts.javascript, 'index.js'));
  const addon = environmentAddon.parse(requireFile(require, parts.environment));
  const held = Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, addon.set(name, value)]));
  attempt(parts.library, () => addon.load(parts.library));
  const binding = recordable(requireFile(require, parts.binding) as TensorflowBinding);
  // For good: Node closes a binding with the last thread that has it, and TensorFlow's upper library with it, which aborts the
  // process when it is loaded a second time.
  attempt(parts.binding, () => addon.load(parts.binding));
  attempt(parts.kernels, () => addon.load(parts.kernels));

  restoreIsNullOrUndefined();
  Reflect.set(globalThis, tfjsSymbol, createRequire(import.meta.url)('@tensorflow/tfjs-core'));
  const { NodeJSKernelBackend } = backendModule.parse(
    requireFile(require, join(parts.javascript, 'nodejs_kernel_backend.js')),
  );
  requireFile(require, join(parts.javascript, 'register_all_kernels.js'));
  const former = getBackend();
  registerBackend(tensorflowBackend, () =>
    keepHostValues(new NodeJSKernelBackend(binding, '@tensorflow/tfjs-node-gpu')),
  );
  if (!(await setBackend(tensorflowBackend))) {
    throw new NasDistillError('ENGINE_MISSING', 'TensorFlow was loaded, but its backend did not start');
  }
  registerCorrectedKernels();
  // Our own operators are for the CPU.
  const threads = Number(held.TF_NUM_INTRAOP_THREADS);
  const ownKernels = !binding.isUsingGpuDevice();
  if (ownKernels) registerOwnKernels(threads);
  registerFusedKernels({ batchNorm: !(ownKernels && threads === 1) });
  if (former) await setBackend(former);
  return {
    binding: parts.binding,
    version: binding.TF_Version,
    gpu: binding.isUsingGpuDevice(),
    environment: held,
  };
}

function requireFile(require: NodeJS.Require, path: string): unknown {
  return attempt(path, () => require(path));
}

function attempt<T>(path: string, loading: () => T): T {
  try {
    return loading();
  } catch (error) {
    throw new NasDistillError('ENGINE_MISSING', `${path} does not load: ${messageOf(error).split('\n')[0]}`, {
      hint: 'Look at: nas-distill engine doctor',
      cause: error,
    });
  }
}

/** Node 23 took this function away; tfjs-node 4.22 still calls it. */
function restoreIsNullOrUndefined(): void {
  if (!('isNullOrUndefined' in util)) {
    Object.assign(util, { isNullOrUndefined: (value: unknown) => value === null || value === undefined });
  }
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}
