import ort from 'onnxruntime-node';
import type { InferenceSession } from 'onnxruntime-node';
import { encodeModel } from './lowering/encodeModel.js';
import { OnnxGraph } from './lowering/OnnxGraph.js';

type Options = InferenceSession.SessionOptions;

/**
 * The one place where sessions are made. The first session of a process decides about denormals, for the thread that made it and
 * the threads that this one starts: so every session asks for the same. Adam's moments of dead units decay into denormals, which
 * are many times slower than zeros.
 * @param model the bytes of a model, or the path of its file
 * @throws Error of onnxruntime's for a model that it refuses
 */
export function openSession(model: Uint8Array | string, options: Options): Promise<InferenceSession> {
  const { extra = {}, ...rest } = options;
  const session = 'session' in extra && typeof extra.session === 'object' ? extra.session : {};
  const all: Options = { ...rest, extra: { ...extra, session: { ...session, set_denormal_as_zero: '1' } } };
  return typeof model === 'string' ? ort.InferenceSession.create(model, all) : ort.InferenceSession.create(model, all);
}

let flushing: Promise<void> | undefined;

/** Lets denormals be zero in this thread and in those that it starts from now on, if this is the process's first session. */
export function flushDenormals(): Promise<void> {
  flushing ??= openFirst();
  return flushing;
}

async function openFirst(): Promise<void> {
  const graph = new OnnxGraph();
  graph.input('x', 'float32', [1]);
  graph.output('y', graph.op('Neg', ['x']), 'float32', [1]);
  const session = await openSession(encodeModel(graph), { intraOpNumThreads: 1, interOpNumThreads: 1 });
  await session.release();
}
