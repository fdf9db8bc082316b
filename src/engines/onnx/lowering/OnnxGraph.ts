import { NasDistillError } from '../../../core/errors.js';
import type { Origin } from '../../layerScope.js';
import type { TraceDType } from '../ir.js';
import type { NodeRule } from './rules/NodeRule.js';

/** Beside what is computed with: int64 for shapes, float16 (as bits) and uint8 for stored weights. */
export type OnnxDType = TraceDType | 'int64' | 'float16' | 'uint8';
export type OnnxAttr =
  number | string | readonly number[] | { readonly float: number } | { readonly floats: readonly number[] };

/** Operators over channels in blocks, which onnxruntime's own optimiser makes of convolutions with constant weights. */
export const blockedDomain = 'com.microsoft.nchwc';
/** Operators that onnxruntime adds to ONNX's: for graphs that are run here, never for files. */
export const runtimeDomain = 'com.microsoft';

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attrs: Readonly<Record<string, OnnxAttr>>;
  /** Absent for ONNX's own operators. */
  readonly domain?: typeof blockedDomain | typeof runtimeDomain;
  readonly origin?: Origin;
}
export interface OnnxInitialiser {
  readonly name: string;
  readonly dtype: OnnxDType;
  readonly dims: readonly number[];
  /** Little-endian elements. */
  readonly bytes: Uint8Array;
}
/** A graph input or output; a `null` dimension is the symbolic batch N, no dimensions an unknown shape. */
export interface OnnxPort {
  readonly name: string;
  readonly dtype: OnnxDType;
  readonly dims?: readonly (number | null)[];
}

/**
 * Collects ONNX nodes. Equal nodes and equal constants are emitted once (common subexpressions).
 * With a `batch`, every dimension that it divides is symbolic: the trace was made with that (prime) batch size.
 * With `rules`, each node is changed by them before it is added; what nobody reads in the end is for `dropUnread`.
 */
export class OnnxGraph {
  readonly nodes: OnnxNode[] = [];
  readonly initialisers: OnnxInitialiser[] = [];
  readonly inputs: OnnxPort[] = [];
  readonly outputs: OnnxPort[] = [];
  /** What the nodes that are added next are part of. */
  origin: Origin | undefined;
  private readonly known = new Map<string, readonly string[]>();
  private readonly constants = new Map<string, string>();
  private readonly makers = new Map<string, OnnxNode>();
  private readonly stored = new Map<string, OnnxInitialiser>();
  private counter = 0;

  constructor(
    readonly batch?: number,
    private readonly rules: readonly NodeRule[] = [],
  ) {}

  /** True if it is made for onnxruntime's CPU provider as it is, without its optimiser. */
  get isFinal(): boolean {
    return this.rules.length > 0;
  }

  /** The node that makes a value. */
  maker(name: string): OnnxNode | undefined {
    return this.makers.get(name);
  }

  /** The constant of that name. */
  constantOf(name: string): OnnxInitialiser | undefined {
    return this.stored.get(name);
  }

  /** Adds a node with one output and returns the output's name. */
  op(op: string, inputs: readonly string[], attrs: Record<string, OnnxAttr> = {}): string {
    return this.ops(op, inputs, 1, attrs)[0];
  }

  /** Adds a node with `count` outputs. An empty input name is an absent optional input. */
  ops(op: string, inputs: readonly string[], count: number, attrs: Record<string, OnnxAttr> = {}): readonly string[] {
    return this.node(op, inputs, count, attrs);
  }

  /** Adds a node of the blocked domain. */
  blocked(op: string, inputs: readonly string[], attrs: Record<string, OnnxAttr> = {}): string {
    return this.node(op, inputs, 1, attrs, blockedDomain)[0];
  }

  /** Adds a node of the runtime's own domain. */
  runtime(op: string, inputs: readonly string[], attrs: Record<string, OnnxAttr> = {}): string {
    return this.node(op, inputs, 1, attrs, runtimeDomain)[0];
  }

  private node(
    op: string,
    inputs: readonly string[],
    count: number,
    attrs: Record<string, OnnxAttr>,
    domain?: OnnxNode['domain'],
  ): readonly string[] {
    for (const rule of this.rules) {
      const result = rule({ op, inputs, attrs, ...(domain === undefined ? {} : { domain }) }, this);
      if (typeof result === 'string') return [result];
      if (result !== undefined) ({ op, inputs, attrs, domain } = result);
    }
    const key = `${domain ?? ''}|${op}|${inputs.join()}|${count}|${JSON.stringify(attrs)}`;
    const found = this.known.get(key);
    if (found !== undefined) return found;
    const outputs = Array.from({ length: count }, () => `t${this.counter++}`);
    const { origin } = this;
    const node: OnnxNode = {
      op,
      inputs,
      outputs,
      attrs,
      ...(domain === undefined ? {} : { domain }),
      ...(origin === undefined ? {} : { origin }),
    };
    this.nodes.push(node);
    if (this.isFinal) for (const name of outputs) this.makers.set(name, node);
    this.known.set(key, outputs);
    return outputs;
  }

  input(name: string, dtype: OnnxDType, shape: readonly number[]): void {
    this.inputs.push({ name, dtype, dims: shape.map((d) => (this.isDynamic(d) ? null : d)) });
  }

  /** Makes `value` the graph output `name`; without a shape, one that the session infers. */
  output(name: string, value: string, dtype: OnnxDType, shape?: readonly number[]): void {
    this.nodes.push({ op: 'Identity', inputs: [value], outputs: [name], attrs: {} });
    this.outputs.push({ name, dtype, dims: shape?.map((d) => (this.isDynamic(d) ? null : d)) });
  }

  /** A constant; equal ones share one initialiser unless `name` is given. */
  constant(dtype: OnnxDType, dims: readonly number[], values: ArrayLike<number>, name?: string): string {
    if (dims.some((d) => this.isDynamic(d))) this.failBatch(`a constant of shape [${dims.join()}]`);
    const bytes = toBytes(dtype, values);
    const key = bytes.length <= 4096 ? `${dtype}|${dims.join()}|${Buffer.from(bytes).toString('latin1')}` : undefined;
    if (name === undefined && key !== undefined) {
      const found = this.constants.get(key);
      if (found !== undefined) return found;
    }
    const id = name ?? `c${this.counter++}`;
    const made: OnnxInitialiser = { name: id, dtype, dims, bytes };
    this.initialisers.push(made);
    this.stored.set(id, made);
    if (name === undefined && key !== undefined) this.constants.set(key, id);
    return id;
  }

  scalar(value: number, dtype: OnnxDType = 'float32'): string {
    return this.constant(dtype, [], [value]);
  }

  /** A rank-1 int64 constant, as axes, pads and the like need it. A batch-dependent value is an error. */
  ints(values: readonly number[]): string {
    if (values.some((v) => this.isDynamic(v))) this.failBatch(`the index list [${values.join()}]`);
    return this.constant('int64', [values.length], values);
  }

  /** The target of a Reshape: with a symbolic batch, the dimension that depends on it becomes -1. */
  reshapeTarget(shape: readonly number[]): string {
    const dynamic = shape.filter((d) => this.isDynamic(d)).length;
    if (dynamic > 1) this.failBatch(`a reshape to [${shape.join()}]`);
    return this.constant(
      'int64',
      [shape.length],
      shape.map((d) => (this.isDynamic(d) ? -1 : d)),
    );
  }

  /** A shape as a tensor; with a symbolic batch, computed at run time from the first graph input. */
  shapeTensor(shape: readonly number[]): string {
    const batch = this.batch;
    if (batch === undefined || !shape.some((d) => this.isDynamic(d))) return this.ints(shape);
    const n = this.op('Shape', [this.inputs[0].name], { start: 0, end: 1 });
    const parts = shape.map((d) => {
      if (!this.isDynamic(d)) return this.ints([d]);
      return d === batch ? n : this.op('Mul', [n, this.ints([d / batch])]);
    });
    return this.op('Concat', parts, { axis: 0 });
  }

  isDynamic(dim: number): boolean {
    return this.batch !== undefined && dim !== 0 && dim % this.batch === 0;
  }

  failBatch(what: string): never {
    throw new NasDistillError('ENGINE_UNSUPPORTED', `cannot export with a free batch size: ${what} depends on it`, {
      hint: 'Write the model so that no constant, index or reduction count depends on the batch size.',
    });
  }
}

function toBytes(dtype: OnnxDType, values: ArrayLike<number>): Uint8Array {
  const n = values.length;
  switch (dtype) {
    case 'float32':
      return bytesOf(Float32Array.from(values));
    case 'int32':
      return bytesOf(Int32Array.from(values));
    case 'bool':
    case 'uint8':
      return Uint8Array.from(values);
    case 'float16':
      return bytesOf(Uint16Array.from(values));
    case 'int64': {
      const out = new BigInt64Array(n);
      for (let i = 0; i < n; i++) out[i] = BigInt(values[i]);
      return bytesOf(out);
    }
  }
}

function bytesOf(a: Float32Array | Int32Array | Uint16Array | BigInt64Array): Uint8Array {
  return new Uint8Array(a.buffer, a.byteOffset, a.byteLength);
}
