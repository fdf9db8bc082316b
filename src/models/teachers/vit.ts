import { SpecBuilder } from '../SpecBuilder.js';
import { convStem } from './convStem.js';
import { imageShape, type ReferenceTeacher } from './ReferenceTeacher.js';
import { transformerBlock } from './transformerBlock.js';

const sizes = {
  tiny: { coarse: true, width: 64, blocks: 3, heads: 4, mlpRatio: 2, dropPath: 0 },
  small: { coarse: true, width: 128, blocks: 4, heads: 4, mlpRatio: 4, dropPath: 0 },
  base: { coarse: false, width: 192, blocks: 8, heads: 6, mlpRatio: 4, dropPath: 0.1 },
} as const;

/**
 * Vision transformer, pre-norm. Departs from the paper where small data asks for it: a convolutional stem instead of patches
 * (ViT-C of arXiv:2106.14881), and the mean of the tokens instead of a class token (Beyer et al., arXiv:2205.01580), which
 * also leaves a plain grid of tokens for feature losses.
 */
export const vit: ReferenceTeacher = {
  title: 'vision transformer',
  paper: 'https://arxiv.org/abs/2010.11929',
  build(size, { input: shape, classes }) {
    const input = imageShape(shape);
    const { coarse, width, blocks } = sizes[size];
    const b = new SpecBuilder(input);
    const { node } = convStem(b, input, width, coarse);
    let x = b.node({ name: 'positions', op: 'position_embedding', inputs: [node] });
    for (let i = 1; i <= blocks; i++) {
      const block = transformerBlock(b, sizes[size], i, x);
      x = block.node;
      b.tap(`block${i}`, x);
      b.tap(`attention${i}`, `${block.attended}/weights`);
    }
    b.block('head');
    const tokens = b.layerNorm('norm', x);
    const embedding = b.node({ name: 'embedding', op: 'global_avg_pool', inputs: [tokens] });
    b.tap('tokens', tokens);
    b.tap('embedding', embedding);
    return b.build(b.dense('logits', embedding, classes));
  },
};
