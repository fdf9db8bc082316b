import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NasDistillError } from '../core/errors.js';
import type { EngineName } from './Engine.js';
import type { EngineEntry, EngineProbe } from './EngineEntry.js';
import { findPackage } from './findPackage.js';

/** Environment variable naming a folder that holds a compiled tfjs-node binding. */
export const nativeDirVariable = 'NAS_DISTILL_NATIVE_DIR';
const bindingPath = join('lib', 'napi-v8', 'tfjs_binding.node');
const notWired = 'this version of nas-distill does not run it yet';

/** The compiled binding of tfjs-node: in NAS_DISTILL_NATIVE_DIR, or in an installed @tensorflow/tfjs-node-gpu. */
export function findNativeBinding(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const folders = [environment[nativeDirVariable], findPackage('@tensorflow/tfjs-node-gpu')?.folder];
  for (const folder of folders) {
    if (!folder) continue;
    for (const path of [join(folder, bindingPath), join(folder, 'tfjs_binding.node')]) {
      if (existsSync(path)) return path;
    }
  }
  return undefined;
}

function probeBinding(): EngineProbe {
  // A clone has the package's sources, without what its install script would download and compile.
  const sources = findPackage('@tensorflow/tfjs-node-gpu');
  const install = sources ? `npm run install --prefix ${sources.folder}` : 'npm install @tensorflow/tfjs-node-gpu';
  const binding = findNativeBinding();
  if (binding)
    return { available: false, reason: `a TensorFlow binding is present (${binding}), but ${notWired}`, install };
  const where = `looked for ${bindingPath} of @tensorflow/tfjs-node-gpu and in ${nativeDirVariable}`;
  return { available: false, reason: `no TensorFlow binding found (${where}), and ${notWired}`, install };
}

function probeWebgpu(): EngineProbe {
  const install = 'npm install webgpu @tensorflow/tfjs-backend-webgpu';
  const missing = ['webgpu', '@tensorflow/tfjs-backend-webgpu'].filter((name) => !findPackage(name));
  const state = missing.length > 0 ? `not installed: ${missing.join(', ')}; and` : 'its packages are present, but';
  return { available: false, reason: `${state} ${notWired}`, install };
}

function closedDoor(name: EngineName, summary: string, probe: () => EngineProbe): EngineEntry {
  return {
    summary,
    probe: () => Promise.resolve(probe()),
    open() {
      const result = probe();
      const reason = result.available ? notWired : result.reason;
      throw new NasDistillError('ENGINE_MISSING', `engine ${name}: ${reason}`, {
        hint: result.available
          ? undefined
          : `It will need: ${result.install}. Until then use --engine onnx or --engine wasm.`,
      });
    },
  };
}

/** Engines whose place is kept in the registry: they say what is missing and never open. */
export const nativeEntry = closedDoor(
  'native',
  "TensorFlow's own kernels on the CPU, through tfjs-node's binding",
  probeBinding,
);
export const cudaEntry = closedDoor(
  'cuda',
  "TensorFlow's own kernels on an NVIDIA GPU, through tfjs-node-gpu's binding",
  probeBinding,
);
export const webgpuEntry = closedDoor('webgpu', 'WebGPU through Dawn', probeWebgpu);
