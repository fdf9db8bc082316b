import { NasDistillError } from '../core/errors.js';
import type { EngineEntry, EngineProbe } from './EngineEntry.js';
import { findPackage } from './findPackage.js';

const install = 'npm install @tensorflow/tfjs-backend-wasm';

async function probe(): Promise<EngineProbe> {
  const found = findPackage('@tensorflow/tfjs-backend-wasm');
  if (!found) {
    return { available: false, reason: 'the package @tensorflow/tfjs-backend-wasm is not installed', install };
  }
  return { available: true, version: `@tensorflow/tfjs-backend-wasm ${found.version}` };
}

/** The portable fallback and the reference. */
export const wasmEntry: EngineEntry = {
  summary: 'op by op in WebAssembly: runs everywhere, slower',
  probe,
  async open(options) {
    const result = await probe();
    if (!result.available) {
      throw new NasDistillError('ENGINE_MISSING', `engine wasm: ${result.reason}`, { hint: `Get it with: ${install}` });
    }
    const { createWasmEngine } = await import('./wasm/createWasmEngine.js');
    return createWasmEngine(options);
  },
};
