import { NasDistillError } from '../core/errors.js';
import type { EngineName } from './Engine.js';
import type { EngineEntry, EngineProbe } from './EngineEntry.js';
import { findPackage } from './findPackage.js';

const notWired = 'this version of nas-distill does not run it yet';

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

/** Its place is kept in the registry: it says what is missing and never opens. */
export const webgpuEntry = closedDoor('webgpu', 'WebGPU through Dawn', probeWebgpu);
