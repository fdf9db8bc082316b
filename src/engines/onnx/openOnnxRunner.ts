import ort from 'onnxruntime-node';
import { messageOf, NasDistillError } from '../../core/errors.js';
import type { HostTensors } from '../Engine.js';
import { openSession } from './openSession.js';
import { ortInput } from './ortInput.js';

/** An ONNX model with the inputs that it runs on again and again, to be timed. */
export interface OnnxRunner {
  /** One inference, from feeds to outputs, as whoever deploys the model calls it. */
  run(): Promise<void>;
  release(): Promise<void>;
}

/** Version of the runtime that models are timed in. */
export const onnxruntimeVersion = `onnxruntime-node ${ort.env.versions.node ?? 'unknown'}`;

/** @throws NasDistillError ENGINE_FAILED if onnxruntime does not accept the model */
export async function openOnnxRunner(
  model: Uint8Array,
  inputs: HostTensors,
  options: { threads: number },
): Promise<OnnxRunner> {
  const { threads } = options;
  try {
    const session = await openSession(model, { intraOpNumThreads: threads, interOpNumThreads: 1 });
    const feeds = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, ortInput(input)]));
    return {
      run: async () => {
        await session.run(feeds);
      },
      release: () => session.release(),
    };
  } catch (error) {
    throw new NasDistillError('ENGINE_FAILED', `onnxruntime does not accept the exported model: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
