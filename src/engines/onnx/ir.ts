import type { Origin } from '../layerScope.js';

/** Element types that a traced step may hold. `bool` never leaves the graph. */
export type TraceDType = 'float32' | 'int32' | 'bool';
export type TraceData = Float32Array | Int32Array | Uint8Array;

/** Shape and type of a traced tensor; with `fill` or `data` it is a constant (all elements equal, or row-major). */
export interface ValueSpec {
  readonly shape: readonly number[];
  readonly dtype: TraceDType;
  readonly fill?: number;
  readonly data?: TraceData;
}

/** One tensor of a traced step. It is a placeholder, a constant, or the output of exactly one node. */
export interface TraceValue extends ValueSpec {
  readonly id: number;
  /** Set for placeholders: index into the graph's inputs. */
  readonly input?: number;
  /** What the call that made it was part of. */
  readonly origin?: Origin;
}

/** One recorded kernel call. */
export interface TraceNode {
  readonly kernel: string;
  readonly inputs: Readonly<Record<string, TraceValue>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly outputs: readonly TraceValue[];
}

/** A recorded computation; `nodes` are in an order in which they can be run. */
export interface TraceGraph {
  readonly inputs: readonly TraceValue[];
  readonly nodes: readonly TraceNode[];
  readonly outputs: readonly TraceValue[];
}

let nextId = 0;

/** A value with a fresh id. */
export function createValue(spec: ValueSpec, input?: number, origin?: Origin): TraceValue {
  const { shape, dtype, fill, data } = spec;
  return { id: nextId++, shape: [...shape], dtype, fill, data, input, ...(origin === undefined ? {} : { origin }) };
}

export function isConstant(v: ValueSpec): boolean {
  return v.fill !== undefined || v.data !== undefined;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}

/** The elements of a constant, row-major. */
export function constantData(v: ValueSpec): TraceData {
  if (v.data !== undefined) return v.data;
  const size = sizeOf(v.shape);
  const array =
    v.dtype === 'float32' ? new Float32Array(size) : v.dtype === 'int32' ? new Int32Array(size) : new Uint8Array(size);
  return v.fill === undefined || v.fill === 0 ? array : array.fill(v.fill);
}
