import { messageOf, NasDistillError } from '../../core/errors.js';
import type { HostTensors, Tensors, TensorSpec, TensorSpecs } from '../Engine.js';
import { storeTensor, type StorageFormat } from '../StoredTensor.js';
import { encodeModel } from './lowering/encodeModel.js';
import { lowerGraph } from './lowering/lowerGraph.js';
import { optimise } from './passes/index.js';
import { traceStep } from './trace/traceStep.js';

/** A batch size that no other dimension of a model is a multiple of: it marks what depends on the batch. */
const tracedBatch = 7919;

export interface OnnxExport {
  /** Inference in the ops of engines/tf: parameters and inputs to named outputs. */
  readonly fn: (params: Tensors, inputs: Tensors) => Tensors;
  /** Become initialisers under these names. */
  readonly params: HostTensors;
  /** How a parameter of this shape is stored (default: float32); the graph computes in float32 all the same. */
  readonly storage?: (shape: readonly number[]) => StorageFormat;
  /** Dimension 0 of every input is the batch and becomes free (N); images are NHWC. */
  readonly inputs: TensorSpecs;
  /** The outputs to keep, in order. */
  readonly outputs: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes an inference graph as an ONNX model (opset 18) with a free batch size, by the lowering that training uses.
 * @throws NasDistillError ENGINE_UNSUPPORTED if an operator has no lowering, or if something other than the first
 * dimension of activations depends on the batch size; VERIFICATION for a value that its storage cannot hold.
 */
export function exportOnnx({ fn, params, storage, inputs, outputs, metadata }: OnnxExport): Uint8Array {
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, s]): [string, TensorSpec] => [
      name,
      { shape: [tracedBatch, ...s.shape.slice(1)], dtype: s.dtype },
    ]),
  );
  const traced = traceStep((state, x) => ({ outputs: chosen(fn(state, x), outputs) }), params, feeds);
  for (const name of traced.feedNames) {
    if (name in params) throw new NasDistillError('INTERNAL', `"${name}" names both an input and a parameter`);
  }
  try {
    const onnx = lowerGraph(optimise(traced.graph), {
      inputNames: [...traced.stateNames, ...traced.feedNames],
      outputNames: traced.outputNames,
      batch: tracedBatch,
      parameters: Object.fromEntries(
        Object.entries(params).map(([name, p]) => [name, storeTensor(name, p, storage?.(p.shape) ?? 'float32')]),
      ),
    });
    return encodeModel(onnx, metadata);
  } catch (error) {
    if (error instanceof NasDistillError) throw error;
    throw new NasDistillError('ENGINE_FAILED', `ONNX export failed: ${messageOf(error)}`, { cause: error });
  }
}

function chosen(all: Tensors, names: readonly string[]): Tensors {
  return Object.fromEntries(
    names.map((name) => {
      const t = all[name];
      if (t === undefined) throw new NasDistillError('INTERNAL', `the exported function has no output "${name}"`);
      return [name, t];
    }),
  );
}
