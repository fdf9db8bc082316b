import ort from 'onnxruntime-node';
import { NasDistillError, messageOf } from '../../../core/errors.js';
import type { ForeignTensor, OpenForeignModel } from '../../foreign/ForeignGraph.js';
import { openSession } from '../openSession.js';
import { withOutputs } from './readForeignModel.js';

/**
 * Opens a model for some of its values, which need not be outputs of its graph.
 * @param where names the file in errors
 * @throws NasDistillError MODEL with onnxruntime's reason, such as an operator that it does not know
 */
export async function openForeignModel(options: {
  where: string;
  bytes: Uint8Array;
  /** Outputs of the graph, of which there may be more than are wanted. */
  outputs: readonly string[];
  wanted: readonly string[];
  threads: number;
}): Promise<OpenForeignModel> {
  const { where, bytes, outputs, wanted, threads } = options;
  const inner = wanted.filter((name) => !outputs.includes(name));
  const refuse = (error: unknown) =>
    new NasDistillError('MODEL', `${where}: onnxruntime: ${messageOf(error).split('\n')[0]}`, {
      hint: 'Export it again, with standard ONNX operators and an opset that onnxruntime knows.',
      cause: error,
    });
  let session: ort.InferenceSession;
  try {
    session = await openSession(withOutputs(bytes, inner), {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
    });
  } catch (error) {
    throw refuse(error);
  }
  return {
    run: async (feeds) => {
      let results: ort.InferenceSession.OnnxValueMapType;
      try {
        results = await session.run(ortFeeds(feeds), [...wanted]);
      } catch (error) {
        throw refuse(error);
      }
      const found: Record<string, { shape: readonly number[]; data: Float32Array }> = {};
      for (const [name, { data, dims }] of Object.entries(results)) {
        if (data instanceof Float32Array) found[name] = { shape: dims, data };
      }
      return found;
    },
    release: () => session.release(),
  };
}

function ortFeeds(feeds: Readonly<Record<string, ForeignTensor>>): Record<string, ort.Tensor> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { dtype, data, shape }]) => [name, new ort.Tensor(dtype, data, [...shape])]),
  );
}
