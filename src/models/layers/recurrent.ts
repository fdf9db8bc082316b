import { z } from 'zod';
import { NasDistillError } from '../../core/errors.js';
import { concat, reshape, reverse, slice, transpose, unstack } from '../../engines/ops.js';
import type { Tensor } from '../../engines/tf.js';
import { zeros } from '../Initialiser.js';
import type { LayerEntry, LayerParam, NodeOf } from './LayerEntry.js';
import { nodeSchema, sizeSchema } from './nodeSchema.js';
import { maskedTokensInput } from './ShapeMismatch.js';

type Recurrent = NodeOf<'lstm' | 'gru'>;

/** 1, or 2 with the way back. */
export const directionsOf = (node: Pick<Recurrent, 'bidirectional'>): number => (node.bidirectional ? 2 : 1);

/**
 * What recurrent layers have in common. Both directions run side by side: a step is one batched matrix product [D, B, units]
 * x [D, units, gates * units]; what depends on the input alone is one product for all steps.
 * @param gates blocks of `units` columns that the cell needs
 */
export function recurrentLayer(
  op: Recurrent['op'],
  gates: number,
  more: (node: Recurrent) => LayerParam[],
  apply: LayerEntry<Recurrent>['apply'],
): LayerEntry<Recurrent> {
  return {
    schema: nodeSchema(op, { units: sizeSchema, bidirectional: z.boolean() }) as z.ZodType<Recurrent>,
    outputShape: (node, inputs) => [maskedTokensInput(inputs)[0], directionsOf(node) * node.units],
    params(node, inputs) {
      const [, channels] = maskedTokensInput(inputs);
      const { units } = node;
      const directions = directionsOf(node);
      // One direction's columns decide the fan-out; the recurrent ones begin within 1 / sqrt(units).
      const kernel = { kind: 'glorot', fanIn: channels, fanOut: units } as const;
      const inner = { kind: 'glorot', fanIn: 3 * units, fanOut: 3 * units } as const;
      return [
        { name: 'kernel', shape: [channels, directions * gates * units], init: kernel, trainable: true },
        { name: 'recurrent', shape: [directions, units, gates * units], init: inner, trainable: true },
        { name: 'bias', shape: [directions * gates * units], init: zeros, trainable: true },
        ...more(node),
      ];
    },
    macs(node, inputs) {
      const [tokens, channels] = maskedTokensInput(inputs);
      return tokens * directionsOf(node) * gates * node.units * (channels + node.units);
    },
    workspace(node, inputs) {
      const [tokens] = maskedTokensInput(inputs);
      // The projected input of all steps; the states and gates of one step beside it.
      return directionsOf(node) * node.units * (tokens * gates + gates + 2);
    },
    apply,
  };
}

/** [B, T, D * n] -> [T, D, B, n] in the order in which each direction reads: the second one from the end. */
export function toSteps(x: Tensor, directions: number): Tensor {
  const [batch, tokens, all] = x.shape;
  return turned(transpose(reshape(x, [batch, tokens, directions, all / directions]), [1, 2, 0, 3]));
}

/** The inverse of toSteps: [T, D, B, n] -> [B, T, D * n]. */
export function fromSteps(x: Tensor): Tensor {
  const [tokens, directions, batch, size] = x.shape;
  return reshape(transpose(turned(x), [2, 0, 1, 3]), [batch, tokens, directions * size]);
}

/** The mask [B, T, 1] of each step, [D, B, 1] each; undefined without a mask. */
export function maskSteps(mask: Tensor | undefined, directions: number): Tensor[] | undefined {
  if (mask === undefined) return undefined;
  const both = directions === 1 ? mask : concat([mask, mask], 2);
  return unstack(toSteps(both, directions));
}

/** Turns the order of the second direction around. */
function turned(x: Tensor): Tensor {
  const [tokens, directions, batch, size] = x.shape;
  if (directions === 1) return x;
  const part = (direction: number) => slice(x, [0, direction, 0, 0], [tokens, 1, batch, size]);
  return concat([part(0), reverse(part(1), 0)], 1);
}

/** Steps [D, B, n] of the whole sequence as one factor of a product over all of them: [D, T * B, n]. */
export function joined(steps: readonly Tensor[]): Tensor {
  return concat([...steps], 1);
}

/** The columns from `from` up to `to` of the last axis of [D, B, n]. */
export function columns(x: Tensor, from: number, to: number): Tensor {
  const [directions, batch] = x.shape as [number, number];
  return slice(x, [0, 0, from], [directions, batch, to - from]);
}

/** What customGrad hands over to keep tensors for the gradient. */
export function saver(args: readonly unknown[]): (tensors: Tensor[]) => void {
  const save = args[args.length - 1];
  if (typeof save !== 'function') throw new NasDistillError('INTERNAL', 'customGrad gave no save function');
  return save as (tensors: Tensor[]) => void;
}

/** The one gradient of a layer with one output. */
export function single(dy: Tensor | Tensor[]): Tensor {
  if (Array.isArray(dy)) throw new NasDistillError('INTERNAL', 'a recurrent layer has one output');
  return dy;
}
