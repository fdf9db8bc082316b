import { z } from 'zod';
import { fusedOps } from '../../engines/fusedOps.js';
import { add, matMul, reshape } from '../../engines/ops.js';
import type { Tensor } from '../../engines/tf.js';
import { zeros } from '../Initialiser.js';
import type { LayerEntry, NodeOf } from './LayerEntry.js';
import { nodeSchema, sizeSchema } from './nodeSchema.js';
import { channelsOf, oneInput } from './ShapeMismatch.js';

/** Affine map of the last axis: [..., C] -> [..., units]; kernel [C, units]. */
export const dense: LayerEntry<NodeOf<'dense'>> = {
  schema: nodeSchema('dense', { units: sizeSchema, useBias: z.boolean() }),
  outputShape: (node, inputs) => [...oneInput(inputs).slice(0, -1), node.units],
  params(node, inputs) {
    const channels = channelsOf(inputs);
    const { units } = node;
    const init = { kind: 'glorot', fanIn: channels, fanOut: units } as const;
    const weights = { name: 'kernel', shape: [channels, units], init, trainable: true };
    return node.useBias ? [weights, { name: 'bias', shape: [units], init: zeros, trainable: true }] : [weights];
  },
  macs(node, [input]) {
    let macs = node.units;
    for (const size of input) macs *= size;
    return macs;
  },
  apply(node, [x], context) {
    return project(x, context.param('kernel'), node.useBias ? context.param('bias') : undefined);
  },
};

/** x [..., C] times kernel [C, units], as one plain matrix product: the form that every engine is fastest at. */
export function project(x: Tensor, kernel: Tensor, bias: Tensor | undefined): Tensor {
  const fused = fusedOps().dense;
  if (fused) return fused(x, kernel, bias);
  const [channels, units] = kernel.shape;
  const rows = x.rank === 2 ? x : reshape(x, [-1, channels]);
  const product = matMul(rows, kernel);
  const y = bias ? add(product, bias) : product;
  return x.rank === 2 ? y : reshape(y, [...x.shape.slice(0, -1), units]);
}
