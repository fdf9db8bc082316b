import { NasDistillError } from '../../core/errors.js';
import type { EngineEntry } from '../EngineEntry.js';
import { probeProvider } from './probeProvider.js';
import { providers, type Provider } from './providers.js';

/** One provider as an engine. It never computes on the CPU alone because the device is missing: then it does not open. */
function entry(provider: Provider): EngineEntry {
  return {
    summary: provider.summary,
    probe: () => probeProvider(provider),
    async open(options) {
      const probe = await probeProvider(provider);
      if (!probe.available) {
        throw new NasDistillError('ENGINE_MISSING', `engine ${provider.engine}: ${probe.reason}`, {
          hint: `It needs: ${probe.install}. Until then use --engine onnx.`,
        });
      }
      const { createOnnxEngine } = await import('../onnx/createOnnxEngine.js');
      return createOnnxEngine(options, provider);
    },
  };
}

const [webgpu, cuda, coreml, directml] = providers;
export const webgpuEntry = entry(webgpu);
export const onnxCudaEntry = entry(cuda);
export const onnxCoremlEntry = entry(coreml);
export const onnxDirectmlEntry = entry(directml);
