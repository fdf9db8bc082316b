import type { Attrs } from '../attrs.js';
import type { TraceValue, ValueSpec } from '../ir.js';
import type { Lowering } from '../lowering/Lowering.js';
import type { OnnxGraph } from '../lowering/OnnxGraph.js';

/** What `infer` sees of a kernel call: input specs by tfjs's names, attributes. */
export interface InferCall {
  /** A required input. */
  in(name: string): ValueSpec;
  /** All inputs in order, for kernels that take a list. */
  readonly list: readonly ValueSpec[];
  readonly attrs: Attrs;
}

/** Where nodes go and values are. */
export interface Emitter {
  readonly to: Lowering;
  readonly graph: OnnxGraph;
}

/** What `lower` sees of a recorded node. */
export interface LowerCall extends Emitter {
  in(name: string): TraceValue;
  optional(name: string): TraceValue | undefined;
  readonly list: readonly TraceValue[];
  readonly attrs: Attrs;
  readonly out: TraceValue;
  readonly outs: readonly TraceValue[];
}

/** One tfjs kernel: the shapes of its outputs, and the ONNX nodes that compute them. */
export interface KernelEntry {
  infer(call: InferCall): ValueSpec | readonly ValueSpec[];
  lower(call: LowerCall): void;
}
export type KernelTable = Readonly<Record<string, KernelEntry>>;

/** A kernel whose result is known while tracing (Fill, Range, ...): it is recorded as a constant, never as a node. */
export function constantKernel(infer: KernelEntry['infer']): KernelEntry {
  return { infer, lower: () => undefined };
}
