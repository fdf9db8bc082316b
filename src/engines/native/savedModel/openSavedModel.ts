import { NasDistillError, messageOf } from '../../../core/errors.js';
import type { ForeignTensor, OpenForeignModel } from '../../foreign/ForeignGraph.js';
import { tensor, tidy, type Tensor } from '../../tf.js';
import { withBackend } from '../../withBackend.js';
import { tensorflow, tensorflowBackend } from '../TensorflowBackend.js';
import type { TensorInfo } from './proto.js';

/** What tfjs-node wants to know of an input: its tensor in the graph, and TensorFlow's type where tfjs has none. */
interface InputInfo {
  readonly name: string;
  readonly tfDtype: string;
}

const tfTypes = { float32: 'DT_FLOAT', int32: 'DT_INT32', int64: 'DT_INT64' } as const;

/**
 * Loads a SavedModel into the TensorFlow of this thread, which an engine must have opened before.
 * @param options.wanted outputs of the signature
 * @throws NasDistillError MODEL with TensorFlow's reason
 */
export async function openSavedModel(options: {
  dir: string;
  tag: string;
  signature: string;
  inputs: Readonly<Record<string, TensorInfo>>;
  outputs: Readonly<Record<string, TensorInfo>>;
  wanted: readonly string[];
}): Promise<OpenForeignModel> {
  const { dir, tag, signature, inputs, outputs, wanted } = options;
  const refuse = (error: unknown) =>
    new NasDistillError('MODEL', `${dir}: TensorFlow: ${messageOf(error).split('\n')[0]}`, {
      hint: `Its signature ${signature} must answer what it says it takes. Export it again, or convert it to ONNX.`,
      cause: error,
    });
  const attempt = <T>(code: () => T): T => {
    try {
      return code();
    } catch (error) {
      throw refuse(error);
    }
  };
  const names = wanted.map((output) => outputs[output].name);
  const backend = tensorflow();
  const id = attempt(() => backend.loadSavedModelMetaGraph(dir, tag));
  return {
    run: async (feeds) =>
      attempt(() =>
        withBackend(tensorflowBackend, () =>
          tidy(() => {
            const given = Object.entries(feeds);
            const infos = given.map(([input, { dtype }]): InputInfo => ({
              name: inputs[input].name,
              tfDtype: tfTypes[dtype],
            }));
            const answers = backend.runSavedModel(
              id,
              given.map(([, feed]) => fed(feed)),
              infos,
              names,
            );
            return Object.fromEntries(
              answers.flatMap((answer, i) => {
                const data = answer.dataSync();
                return data instanceof Float32Array ? [[wanted[i], { shape: answer.shape, data: data.slice() }]] : [];
              }),
            );
          }),
        ),
      ),
    release: async () => backend.deleteSavedModel(id),
  };
}

/** tfjs has no 64-bit integers: tfjs-node makes them of 32-bit ones, as every id here is. */
function fed({ shape, dtype, data }: ForeignTensor): Tensor {
  if (dtype === 'int64') return tensor(Int32Array.from(data, Number), [...shape], 'int32');
  return tensor(data, [...shape], dtype);
}
