import { NasDistillError } from '../../../core/errors.js';
import { constantData, isConstant, sameShape, sizeOf, type TraceValue } from '../ir.js';
import type { OnnxGraph } from './OnnxGraph.js';

const toNchw = [0, 3, 1, 2];
const toNhwc = [0, 2, 3, 1];

/** Ways to compute a rank-4 value, one for each order in which it may be wanted. */
export interface InEitherOrder {
  readonly nchw: () => string;
  /** [C, N * H * W] */
  readonly channelRows: () => string;
}

/**
 * Which ONNX tensors hold a traced value. A rank-4 value may be present in its own (NHWC) order, in NCHW order, as one
 * row a channel, or in several: convolutions and poolings leave NCHW behind, elementwise kernels keep what they find, and
 * a Transpose is emitted only where a consumer needs another order.
 */
export class Lowering {
  private readonly own = new Map<number, string>();
  private readonly channelsFirst = new Map<number, string>();
  private readonly rows = new Map<number, string>();
  private readonly pending = new Map<number, InEitherOrder>();

  constructor(readonly graph: OnnxGraph) {}

  set(v: TraceValue, name: string): void {
    this.own.set(v.id, name);
  }

  /** Declares `name` to hold `v` (rank 4, NHWC) in NCHW order. */
  setNchw(v: TraceValue, name: string): void {
    this.channelsFirst.set(v.id, name);
  }

  /** Declares how to compute `v` (rank 4); it is done in the order that is asked for first. */
  setPending(v: TraceValue, ways: InEitherOrder): void {
    this.pending.set(v.id, ways);
  }

  /** `to` has the same elements and shape as `from`. */
  alias(to: TraceValue, from: TraceValue): void {
    if (this.pending.has(from.id)) this.nchw(from);
    if (isConstant(from)) return this.set(to, this.get(from));
    const own = this.own.get(from.id);
    const nchw = this.channelsFirst.get(from.id);
    if (own !== undefined) this.own.set(to.id, own);
    if (nchw !== undefined) this.channelsFirst.set(to.id, nchw);
  }

  hasNchw(v: TraceValue): boolean {
    return this.channelsFirst.has(v.id) || this.pending.has(v.id);
  }

  /** True if `v` exists in NCHW order only. */
  onlyNchw(v: TraceValue): boolean {
    return this.hasNchw(v) && !this.own.has(v.id);
  }

  /** The tensor that holds `v` in its own order. */
  get(v: TraceValue): string {
    const found = this.own.get(v.id);
    if (found !== undefined) return found;
    const nchw = this.hasNchw(v) ? this.nchw(v) : undefined;
    const name =
      nchw !== undefined
        ? movesNothing(v.shape)
          ? this.reshape(nchw, v.shape)
          : this.graph.op('Transpose', [nchw], { perm: toNhwc })
        : isConstant(v)
          ? this.constant(v)
          : missing(v);
    this.own.set(v.id, name);
    return name;
  }

  /** The tensor that holds the rank-4 value `v` in NCHW order. */
  nchw(v: TraceValue): string {
    const found = this.channelsFirst.get(v.id);
    if (found !== undefined) return found;
    const name = this.rearranged(v);
    this.channelsFirst.set(v.id, name);
    return name;
  }

  private rearranged(v: TraceValue): string {
    const [n, h, w, c] = v.shape;
    const pending = this.pending.get(v.id);
    if (pending !== undefined) {
      const rows = this.rows.get(v.id);
      if (rows === undefined) return pending.nchw();
      return this.graph.op('Transpose', [this.reshape(rows, [c, n, h, w])], { perm: [1, 0, 2, 3] });
    }
    const own = this.get(v);
    return movesNothing(v.shape)
      ? this.reshape(own, [n, c, h, w])
      : this.graph.op('Transpose', [own], { perm: toNchw });
  }

  /** The rank-4 value `v` as a matrix with one row a channel: [C, N * H * W]. */
  channelRows(v: TraceValue): string {
    const found = this.rows.get(v.id);
    if (found !== undefined) return found;
    const [n, h, w, c] = v.shape;
    const pending = this.channelsFirst.has(v.id) ? undefined : this.pending.get(v.id);
    const name =
      pending?.channelRows() ??
      this.reshape(
        this.onlyNchw(v)
          ? this.graph.op('Transpose', [this.reshape(this.nchw(v), [n, c, h * w])], { perm: [1, 0, 2] })
          : this.graph.op('Transpose', [this.reshape(this.get(v), [n * h * w, c])], { perm: [1, 0] }),
        [c, n * h * w],
      );
    this.rows.set(v.id, name);
    return name;
  }

  /** `v` (rank 0 to 4) as an operand that broadcasts against NCHW tensors. */
  nchwOperand(v: TraceValue): string {
    if (v.shape.length === 4) return this.nchw(v);
    const own = this.get(v);
    if (sizeOf(v.shape) === 1) return v.shape.length === 0 ? own : this.reshape(own, []);
    const shape = [1, 1, 1, 1, ...v.shape].slice(-4);
    const [n, h, w, c] = shape;
    return movesNothing(shape)
      ? this.reshape(own, [n, c, h, w])
      : this.graph.op('Transpose', [this.reshape(own, shape)], { perm: toNchw });
  }

  reshape(name: string, shape: readonly number[]): string {
    return this.graph.op('Reshape', [name, this.graph.reshapeTarget(shape)]);
  }

  /**
   * The operands of an elementwise kernel with output `out`, all in one order, and how to store the result.
   * Constants with one value are passed as scalars where another operand has the output's shape already.
   */
  elementwise(out: TraceValue, operands: readonly TraceValue[]): { names: string[]; store: (name: string) => void } {
    const full = operands.some((v) => v.fill === undefined && sameShape(v.shape, out.shape));
    const scalars = operands.map((v) =>
      v.fill !== undefined && (full || v.shape.length === 0) ? this.graph.scalar(v.fill, v.dtype) : undefined,
    );
    const first = out.shape.length === 4 && operands.some((v) => v.shape.length === 4 && this.onlyNchw(v));
    const names = operands.map((v, i) => scalars[i] ?? (first ? this.nchwOperand(v) : this.get(v)));
    return { names, store: (name) => (first ? this.setNchw(out, name) : this.set(out, name)) };
  }

  private constant(v: TraceValue): string {
    const dynamic = v.shape.some((d) => this.graph.isDynamic(d));
    if (v.fill !== undefined && (dynamic || sizeOf(v.shape) > 256)) {
      return this.graph.op('Expand', [this.graph.scalar(v.fill, v.dtype), this.graph.shapeTensor(v.shape)]);
    }
    return this.graph.constant(v.dtype, v.shape, constantData(v));
  }
}

/** True if going between NHWC and NCHW leaves the elements where they are. */
function movesNothing(shape: readonly number[]): boolean {
  const [, h, w, c] = shape;
  return c === 1 || h * w === 1;
}

function missing(v: TraceValue): never {
  throw new NasDistillError('INTERNAL', `the traced value ${v.id} of shape [${v.shape.join()}] was never computed`);
}
