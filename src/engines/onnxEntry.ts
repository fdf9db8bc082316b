import { NasDistillError, messageOf } from '../core/errors.js';
import type { EngineEntry, EngineProbe } from './EngineEntry.js';
import { findPackage } from './findPackage.js';

const install = 'npm install onnxruntime-node';

async function probe(): Promise<EngineProbe> {
  const found = findPackage('onnxruntime-node');
  if (!found) return { available: false, reason: 'the package onnxruntime-node is not installed', install };
  try {
    await import('onnxruntime-node');
  } catch (error) {
    return { available: false, reason: `onnxruntime-node does not load: ${messageOf(error).split('\n')[0]}`, install };
  }
  return { available: true, version: `onnxruntime-node ${found.version}` };
}

/** The default: a training step traced once and run as one ONNX graph. */
export const onnxEntry: EngineEntry = {
  summary: 'one training step compiled to one ONNX graph, run by onnxruntime (the default)',
  probe,
  async prepareThreads() {
    if (!(await probe()).available) return;
    const { flushDenormals } = await import('./onnx/openSession.js');
    await flushDenormals();
  },
  async open(options) {
    const result = await probe();
    if (!result.available) {
      throw new NasDistillError('ENGINE_MISSING', `engine onnx: ${result.reason}`, { hint: `Get it with: ${install}` });
    }
    const { createOnnxEngine } = await import('./onnx/createOnnxEngine.js');
    return createOnnxEngine(options);
  },
};
