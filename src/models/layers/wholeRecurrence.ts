import { recurrence } from '../../engines/recurrence.js';
import { cast, concat, gather, reshape, sum, tensor1d, transpose, zerosLike } from '../../engines/ops.js';
import type { Tensor } from '../../engines/tf.js';

export interface WholeRecurrence {
  readonly op: 'lstm' | 'gru';
  /** [B, T, C] */
  readonly x: Tensor;
  /** [B, T, 1] */
  readonly mask: Tensor | undefined;
  /** [C, D * gates * units] */
  readonly kernel: Tensor;
  /** [D, units, gates * units] */
  readonly recurrent: Tensor;
  /** [D * gates * units] */
  readonly bias: Tensor;
  /** Bias of the recurrent part, [D, gates * units]; zeros if absent. */
  readonly inner?: Tensor;
  /** For each gate of ONNX's order its place in ours. */
  readonly order: readonly number[];
}

/** A recurrent layer at inference as one operator, on backends that have one: [B, T, D * units]. */
export function wholeRecurrence({ op, x, mask, kernel, recurrent, bias, inner, order }: WholeRecurrence): Tensor {
  const [directions, units, all] = recurrent.shape as [number, number, number];
  const gates = order.length;
  const [batch, tokens, channels] = x.shape as [number, number, number];
  // Blocks of gates along one axis in ONNX's order.
  const ordered = (values: Tensor, axis: number) => gather(values, tensor1d([...order], 'int32'), axis);
  const w = transpose(ordered(reshape(kernel, [channels, directions, gates, units]), 2), [1, 2, 3, 0]);
  const r = transpose(ordered(reshape(recurrent, [directions, units, gates, units]), 2), [0, 2, 3, 1]);
  const blocks = (values: Tensor) =>
    reshape(ordered(reshape(values, [directions, gates, units]), 1), [directions, all]);
  const outer = blocks(bias);
  const states = recurrence({
    op,
    units,
    directions,
    x: transpose(x, [1, 0, 2]),
    w: reshape(w, [directions, all, channels]),
    r: reshape(r, [directions, all, units]),
    b: concat([outer, inner === undefined ? zerosLike(outer) : blocks(inner)], 1),
    lengths: mask && cast(sum(mask, [1, 2]), 'int32'),
  });
  return reshape(transpose(states, [2, 0, 1, 3]), [batch, tokens, directions * units]);
}
