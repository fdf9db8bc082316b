import { SpecBuilder } from '../SpecBuilder.js';
import { embedPatches, patchSide } from './patches.js';
import type { ReferenceTeacher } from './ReferenceTeacher.js';

const sizes = {
  tiny: { coarse: true, width: 64, blocks: 3, heads: 4, mlpRatio: 2, dropPath: 0 },
  small: { coarse: false, width: 96, blocks: 6, heads: 4, mlpRatio: 2, dropPath: 0.05 },
  base: { coarse: false, width: 192, blocks: 9, heads: 6, mlpRatio: 4, dropPath: 0.1 },
} as const;

/**
 * Vision transformer, pre-norm, with the mean of the tokens instead of a class token: on small data it learns faster (Beyer et
 * al., arXiv:2205.01580) and leaves a plain grid of tokens for feature losses.
 */
export const vit: ReferenceTeacher = {
  title: 'vision transformer',
  paper: 'https://arxiv.org/abs/2010.11929',
  build(size, { input, classes }) {
    const { coarse, width, blocks, heads, mlpRatio, dropPath } = sizes[size];
    const b = new SpecBuilder(input);
    const { node } = embedPatches(b, input, patchSide(input[0], input[1], coarse), width);
    let x = b.node({ name: 'positions', op: 'position_embedding', inputs: [node] });
    for (let i = 1; i <= blocks; i++) {
      const name = `block${i}`;
      // Stochastic depth grows linearly with depth (arXiv:1603.09382, eq. 4).
      const rate = blocks > 1 ? (dropPath * (i - 1)) / (blocks - 1) : 0;
      b.block(`${name} (transformer, ${heads} heads)`);
      const attended = b.node({
        name: `${name}.attention`,
        op: 'attention',
        inputs: [b.layerNorm(`${name}.norm1`, x)],
        heads,
      });
      x = b.residual(`${name}.add1`, x, attended, rate);
      const mixed = b.mlp(`${name}.mlp`, b.layerNorm(`${name}.norm2`, x), width * mlpRatio, width);
      x = b.residual(`${name}.add2`, x, mixed, rate);
      b.tap(name, x);
      b.tap(`attention${i}`, `${attended}/weights`);
    }
    b.block('head');
    const tokens = b.layerNorm('norm', x);
    const embedding = b.node({ name: 'embedding', op: 'global_avg_pool', inputs: [tokens] });
    b.tap('tokens', tokens);
    b.tap('embedding', embedding);
    return b.build(b.dense('logits', embedding, classes));
  },
};
