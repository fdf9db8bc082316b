import { NasDistillError } from '../../core/errors.js';
import type { Engine, EngineInfo, EngineOptions } from '../Engine.js';
import { loadTensorflow, type TensorflowParts } from './loadTensorflow.js';
import { NativeEngine } from './NativeEngine.js';

/**
 * TensorFlow's own kernels through tfjs-node's binding, with fused operators in place of composed ones; a step is recorded once
 * and run as a whole.
 * TensorFlow's pool of threads belongs to the process: the first engine that is opened sets its size, and `info.threads`
 * tells what it is.
 * @throws NasDistillError ENGINE_MISSING if TensorFlow does not load, or for `cuda` finds no GPU that it can drive
 */
export function createNativeEngine(
  name: 'native' | 'cuda',
  parts: TensorflowParts,
  options: EngineOptions,
): Promise<Engine> {
  return openNative(name, parts, options, { needGpu: name === 'cuda' });
}

/** The same; without `needGpu`, cuda's libraries also compute on the CPU, which is enough to check an install. */
export async function openNative(
  name: 'native' | 'cuda',
  parts: TensorflowParts,
  options: EngineOptions,
  { needGpu }: { needGpu: boolean },
): Promise<Engine> {
  const { version, gpu, environment } = await loadTensorflow(parts, environmentOf(name, options.threads));
  if (needGpu && !gpu) {
    throw new NasDistillError('ENGINE_MISSING', 'engine cuda: TensorFlow finds no NVIDIA GPU that it can drive', {
      hint: 'Is there one (nvidia-smi), with a driver for CUDA 12.5 or newer? On the CPU use --engine onnx or native.',
    });
  }
  const threads = Number(environment.TF_NUM_INTRAOP_THREADS);
  const info: EngineInfo = { name, version: `TensorFlow ${version}`, threads, device: gpu ? 'gpu' : 'cpu' };
  return new NativeEngine(info);
}

/** What TensorFlow reads when it is loaded; a variable that the user set is left as it is. */
function environmentOf(name: 'native' | 'cuda', threads: number): Record<string, string> {
  return {
    TF_CPP_MIN_LOG_LEVEL: '2',
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: '1',
    ...(name === 'cuda'
      ? // Memory grows instead of being taken whole, so that several candidates, and other programs, share one GPU.
        { TF_FORCE_GPU_ALLOW_GROWTH: 'true' }
      : {}),
  };
}
