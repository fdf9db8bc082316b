import { NasDistillError } from '../../../core/errors.js';
import { constantData, isConstant, sameShape, sizeOf, type TraceValue } from '../ir.js';
import type { OnnxGraph } from './OnnxGraph.js';

const toNchw = [0, 3, 1, 2];
const toNhwc = [0, 2, 3, 1];

/** Ways to compute a rank-4 value, one for each order in which it may be wanted. */
export interface InAnyOrder {
  readonly nchw: () => string;
  /** [C, N * H * W] */
  readonly channelRows: () => string;
}

/**
 * Which ONNX tensors hold a traced value. A rank-4 value may be present in its own (NHWC) order, in NCHW order, with its
 * channels in blocks, as one row a channel, or in several: convolutions and poolings leave one behind, elementwise kernels
 * keep what they find, and a reordering is emitted only where a consumer needs another order.
 *
 * In blocks of b channels (where the machine has operators for it) a tensor is declared as [N, C', H, W], C' being C rounded
 * up to whole blocks, and lies in memory as [N, C' / b, H, W, b]. Lanes past C hold finite numbers that mean nothing.
 */
export class Lowering {
  private readonly own = new Map<number, string>();
  private readonly channelsFirst = new Map<number, string>();
  private readonly inBlocks = new Map<number, string>();
  private readonly rows = new Map<number, string>();
  private readonly vectors = new Map<number, string>();
  private readonly pending = new Map<number, InAnyOrder>();

  /** `block`: channels in a block; undefined where there are no operators for blocks. */
  constructor(
    readonly graph: OnnxGraph,
    readonly block?: number,
  ) {}

  set(v: TraceValue, name: string): void {
    this.own.set(v.id, name);
  }

  /** Declares `name` to hold `v` (rank 4, NHWC) in NCHW order. */
  setNchw(v: TraceValue, name: string): void {
    this.channelsFirst.set(v.id, name);
  }

  /** Declares `name` to hold `v` (rank 4, NHWC) with its channels in blocks. */
  setBlocked(v: TraceValue, name: string): void {
    this.inBlocks.set(v.id, name);
  }

  /** Declares `name` to hold the vector `v` [C], followed by zeros up to whole blocks. */
  setPadded(v: TraceValue, name: string): void {
    this.vectors.set(v.id, name);
  }

  /** Declares how to compute `v` (rank 4); it is done in the order that is asked for first. */
  setPending(v: TraceValue, ways: InAnyOrder): void {
    this.pending.set(v.id, ways);
  }

  /** `to` has the same elements and shape as `from`. */
  alias(to: TraceValue, from: TraceValue): void {
    if (this.pending.has(from.id)) this.nchw(from);
    if (isConstant(from)) return this.set(to, this.get(from));
    for (const held of [this.own, this.channelsFirst, this.inBlocks]) {
      const name = held.get(from.id);
      if (name !== undefined) held.set(to.id, name);
    }
  }

  /** True if `v` can be had in NCHW order for less than from its own order. */
  hasNchw(v: TraceValue): boolean {
    return this.channelsFirst.has(v.id) || this.inBlocks.has(v.id) || this.pending.has(v.id);
  }

  /** True if `v` exists in other orders than its own only. */
  onlyNchw(v: TraceValue): boolean {
    return this.hasNchw(v) && !this.own.has(v.id);
  }

  hasBlocked(v: TraceValue): boolean {
    return this.inBlocks.has(v.id);
  }

  /** True if `v` is, or can be brought to be, held in blocks. The operator that does it wants whole quadruples of channels. */
  canBlock(v: TraceValue): boolean {
    if (this.block === undefined || v.shape.length !== 4 || v.dtype !== 'float32' || isConstant(v)) return false;
    if (this.inBlocks.has(v.id)) return true;
    const [, h, w, c] = v.shape;
    return c % 4 === 0 && 2 * c >= this.block && h * w > 1 && sizeOf(v.shape) > 0;
  }

  /** `channels` rounded up to whole blocks. */
  wholeBlocks(channels: number): number {
    const block = this.blockSize();
    return Math.ceil(channels / block) * block;
  }

  /** The tensor that holds the rank-4 value `v` in blocks; only if `canBlock`. */
  blocked(v: TraceValue): string {
    const found = this.inBlocks.get(v.id);
    if (found !== undefined) return found;
    const name = this.onlyNchw(v)
      ? this.graph.blocked('ReorderInput', [this.nchw(v)])
      : this.graph.blocked('ReorderInput', [this.get(v)], { channels_last: 1 });
    this.inBlocks.set(v.id, name);
    return name;
  }

  /** The vector `v` [C] followed by zeros up to whole blocks. */
  padded(v: TraceValue): string {
    const found = this.vectors.get(v.id);
    if (found !== undefined) return found;
    const [channels] = v.shape;
    const more = this.wholeBlocks(channels) - channels;
    const own = this.get(v);
    const name = more === 0 ? own : this.graph.op('Pad', [own, this.graph.ints([0, more]), this.graph.scalar(0)]);
    this.vectors.set(v.id, name);
    return name;
  }

  blockSize(): number {
    if (this.block === undefined) throw new NasDistillError('INTERNAL', 'blocks were used where there are none');
    return this.block;
  }

  /** The tensor that holds `v` in its own order. */
  get(v: TraceValue): string {
    const found = this.own.get(v.id);
    if (found !== undefined) return found;
    const name = this.inOwnOrder(v);
    this.own.set(v.id, name);
    return name;
  }

  private inOwnOrder(v: TraceValue): string {
    const vector = this.vectors.get(v.id);
    if (vector !== undefined) return this.cut(vector, v.shape[0]);
    const blocks = this.channelsFirst.has(v.id) ? undefined : this.inBlocks.get(v.id);
    if (blocks !== undefined) {
      return this.graph.blocked('ReorderOutput', [blocks], { channels: v.shape[3], channels_last: 1 });
    }
    if (this.hasNchw(v)) {
      const nchw = this.nchw(v);
      return movesNothing(v.shape) ? this.reshape(nchw, v.shape) : this.graph.op('Transpose', [nchw], { perm: toNhwc });
    }
    return isConstant(v) ? this.constant(v) : missing(v);
  }

  /** The first `length` elements of a vector. */
  cut(vector: string, length: number): string {
    const whole = this.wholeBlocks(length);
    if (whole === length) return vector;
    return this.graph.op('Slice', [vector, this.graph.ints([0]), this.graph.ints([length]), this.graph.ints([0])]);
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
    const blocks = this.inBlocks.get(v.id);
    if (blocks !== undefined) return this.graph.blocked('ReorderOutput', [blocks], { channels: c });
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
   * `tame`: the kernel makes finite numbers of any finite numbers, so that it may meet lanes that mean nothing.
   */
  elementwise(
    out: TraceValue,
    operands: readonly TraceValue[],
    tame = false,
  ): { names: string[]; store: (name: string) => void } {
    const full = operands.some((v) => v.fill === undefined && sameShape(v.shape, out.shape));
    const scalars = operands.map((v) =>
      v.fill !== undefined && (full || v.shape.length === 0) ? this.graph.scalar(v.fill, v.dtype) : undefined,
    );
    if (this.meetInBlocks(out, operands, tame)) {
      const names = operands.map((v, i) => scalars[i] ?? this.blockedOperand(v, out));
      return { names, store: (name) => this.setBlocked(out, name) };
    }
    const first = out.shape.length === 4 && operands.some((v) => v.shape.length === 4 && this.onlyNchw(v));
    const names = operands.map((v, i) => scalars[i] ?? (first ? this.nchwOperand(v) : this.get(v)));
    return { names, store: (name) => (first ? this.setNchw(out, name) : this.set(out, name)) };
  }

  /** True if one operand lies in blocks and all of them can: whole tensors, single numbers, a number for each sample. */
  private meetInBlocks(out: TraceValue, operands: readonly TraceValue[], tame: boolean): boolean {
    if (out.shape.length !== 4 || out.dtype !== 'float32' || !operands.some((v) => this.inBlocks.has(v.id)))
      return false;
    if (!tame && out.shape[3] % this.blockSize() !== 0) return false;
    return operands.every((v) => {
      if (v.dtype !== 'float32') return false;
      if (v.fill !== undefined || sizeOf(v.shape) === 1 || perSample(v)) return true;
      return sameShape(v.shape, out.shape) && this.canBlock(v);
    });
  }

  private blockedOperand(v: TraceValue, out: TraceValue): string {
    if (sizeOf(v.shape) === 1) return this.reshape(this.get(v), []);
    return sameShape(v.shape, out.shape) ? this.blocked(v) : this.get(v);
  }

  private constant(v: TraceValue): string {
    const dynamic = v.shape.some((d) => this.graph.isDynamic(d));
    if (v.fill !== undefined && (dynamic || sizeOf(v.shape) > 256)) {
      return this.graph.op('Expand', [this.graph.scalar(v.fill, v.dtype), this.graph.shapeTensor(v.shape)]);
    }
    return this.graph.constant(v.dtype, v.shape, constantData(v));
  }
}

/** [N, 1, 1, 1], which broadcasts in any order. */
function perSample(v: TraceValue): boolean {
  return v.shape.length === 4 && v.shape.slice(1).every((d) => d === 1);
}

/** True if going between NHWC and NCHW leaves the elements where they are. */
function movesNothing(shape: readonly number[]): boolean {
  const [, h, w, c] = shape;
  return c === 1 || h * w === 1;
}

function missing(v: TraceValue): never {
  throw new NasDistillError('INTERNAL', `the traced value ${v.id} of shape [${v.shape.join()}] was never computed`);
}
