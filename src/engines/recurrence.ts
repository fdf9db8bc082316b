import { engine, getBackend, getKernel } from './ops.js';
import type { NamedTensorMap, Tensor } from './tf.js';

/** Name of the kernel that is a whole recurrent layer; only backends that have such an operator register one. */
export const recurrenceKernel = 'NasDistillRecurrence';

export interface Recurrence {
  readonly op: 'lstm' | 'gru';
  readonly units: number;
  readonly directions: number;
  /** [T, B, C] */
  readonly x: Tensor;
  /** [D, gates * units, C]; gates in ONNX's order: i, o, f, c of an LSTM, z, r, h of a GRU. */
  readonly w: Tensor;
  /** [D, gates * units, units] */
  readonly r: Tensor;
  /** [D, 2 * gates * units]: those of w, then those of r. */
  readonly b: Tensor;
  /** [B] int32: how many steps of each sequence count; all of them if absent. */
  readonly lengths: Tensor | undefined;
}

/** Whether the current backend computes a recurrent layer as one operator. It has no gradient. */
export function hasRecurrence(): boolean {
  return getKernel(recurrenceKernel, getBackend()) !== undefined;
}

/** All steps' states [T, D, B, units], zero behind a sequence's end. Only where hasRecurrence. */
export function recurrence({ x, w, r, b, lengths, ...attrs }: Recurrence): Tensor {
  const inputs: NamedTensorMap = { x, w, r, b, ...(lengths === undefined ? {} : { lengths }) };
  return engine().runKernel<Tensor>(recurrenceKernel, inputs, { ...attrs });
}
