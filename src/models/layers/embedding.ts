import { z } from 'zod';
import { cast, gather, less, minimum, mul, reshape, scalar, where } from '../../engines/ops.js';
import type { Tensor } from '../../engines/tf.js';
import type { LayerEntry, NodeOf } from './LayerEntry.js';
import { nodeSchema, sizeSchema } from './nodeSchema.js';
import { idsInput, ShapeMismatch } from './ShapeMismatch.js';

/** The id that fills a text up to its length. */
export const paddingId = 0;

/**
 * A learnt vector for each token id: [T] -> [T, width], zeros where padding is, so that what lies behind a text's end
 * does not matter to a convolution. `unknown` shortens a vocabulary whose ids are sorted by frequency: rarer tokens are
 * read as that one.
 */
export const embedding: LayerEntry<NodeOf<'embedding'>> = {
  schema: nodeSchema('embedding', {
    vocabulary: sizeSchema,
    width: sizeSchema,
    unknown: z.int().min(0).optional(),
  }),
  outputShape(node, inputs) {
    if (node.unknown !== undefined && node.unknown >= node.vocabulary) {
      throw new ShapeMismatch(`the unknown token ${node.unknown} is not among ${node.vocabulary}`);
    }
    return [idsInput(inputs), node.width];
  },
  params(node) {
    // A variance of 1/width, so that a token's vector has the length 1.
    const init = { kind: 'normal', stddev: 1 / Math.sqrt(node.width) } as const;
    return [{ name: 'table', shape: [node.vocabulary, node.width], init, trainable: true }];
  },
  apply(node, [x], context) {
    const [batch, tokens] = x.shape;
    const ids = cast(x, 'int32');
    const { unknown, vocabulary, width } = node;
    const known = unknown === undefined ? ids : where(less(ids, vocabulary), ids, scalar(unknown, 'int32'));
    const rows = gather(context.param('table'), reshape(known, [batch * tokens]));
    return mul(reshape(rows, [batch, tokens, width]), presence(ids));
  },
};

/** [B, T] ids -> [B, T, 1]: 1 where a token is, 0 where padding is. */
export function presence(ids: Tensor): Tensor {
  const [batch, tokens] = ids.shape;
  return reshape(cast(minimum(ids, scalar(1, 'int32')), 'float32'), [batch, tokens, 1]);
}
