import type { InferenceSession } from 'onnxruntime-node';
import { NasDistillError, messageOf } from '../../core/errors.js';
import type { HostTensor } from '../Engine.js';
import { openSession } from './openSession.js';
import { ortInput } from './ortInput.js';

/** An ONNX file in onnxruntime, as whoever deploys it would run it. */
export interface OnnxModel {
  /** float32 out. */
  run(input: { name: string; tensor: HostTensor }, output: string): Promise<Float32Array>;
  release(): Promise<void>;
}

/** @throws NasDistillError VERIFICATION if onnxruntime does not accept the model */
export async function openOnnxModel(path: string): Promise<OnnxModel> {
  let session: InferenceSession;
  try {
    session = await openSession(path, { intraOpNumThreads: 1 });
  } catch (error) {
    throw new NasDistillError('VERIFICATION', `${path}: onnxruntime does not accept it: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return {
    run: async ({ name, tensor }, output) => {
      const { data } = (await session.run({ [name]: ortInput(tensor) }, [output]))[output];
      if (!(data instanceof Float32Array))
        throw new NasDistillError('VERIFICATION', `${path}: output ${output} is not float32`);
      return data;
    },
    release: () => session.release(),
  };
}
