import { existsSync } from 'node:fs';
import { NasDistillError } from '../core/errors.js';
import type { EngineEntry, EngineProbe } from './EngineEntry.js';
import { findInstalled } from './install/findInstalled.js';

function probe(name: 'native' | 'cuda'): EngineProbe {
  const install = `nas-distill engine install ${name}`;
  const found = findInstalled(name);
  if (!found.ok) return { available: false, reason: found.reason, install };
  const { manifest, bytes } = found.engine;
  if (name === 'cuda' && !hasNvidiaDriver()) {
    const reason = `installed (TensorFlow ${manifest.tensorflow.version}), but no NVIDIA driver is loaded (no /dev/nvidiactl)`;
    return {
      available: false,
      reason,
      bytes,
      install: "NVIDIA's driver for CUDA 12.5 or newer, then: nas-distill engine doctor cuda",
    };
  }
  return { available: true, version: `TensorFlow ${manifest.tensorflow.version}`, bytes };
}

/** Its own device file, or the one of Windows' subsystem for Linux. */
function hasNvidiaDriver(): boolean {
  return ['/dev/nvidiactl', '/dev/dxg'].some((path) => existsSync(path));
}

function entry(name: 'native' | 'cuda', summary: string): EngineEntry {
  return {
    summary,
    probe: () => Promise.resolve(probe(name)),
    async open(options) {
      const state = probe(name);
      const found = findInstalled(name);
      if (!state.available || !found.ok) {
        const { reason, install } = state.available ? { reason: 'not installed', install: '' } : state;
        throw new NasDistillError('ENGINE_MISSING', `engine ${name}: ${reason}`, {
          hint: `Get it with: ${install}. Until then use --engine onnx or --engine wasm.`,
        });
      }
      const { createNativeEngine } = await import('./native/createNativeEngine.js');
      return createNativeEngine(name, found.engine.parts, options);
    },
  };
}

export const nativeEntry = entry('native', "TensorFlow's own kernels on the CPU, through tfjs-node's binding");
export const cudaEntry = entry('cuda', "TensorFlow's own kernels on an NVIDIA GPU, through tfjs-node's binding");
