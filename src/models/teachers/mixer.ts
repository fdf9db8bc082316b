import { SpecBuilder } from '../SpecBuilder.js';
import { embedPatches, patchSide } from './patches.js';
import { imageShape, type ReferenceTeacher } from './ReferenceTeacher.js';

const sizes = {
  tiny: { coarse: true, width: 64, blocks: 3, tokenHidden: 32, dropPath: 0 },
  small: { coarse: false, width: 96, blocks: 6, tokenHidden: 64, dropPath: 0.05 },
  base: { coarse: false, width: 192, blocks: 8, tokenHidden: 128, dropPath: 0.1 },
} as const;
const channelRatio = 2;

/** MLP-Mixer: an MLP across the tokens, then one across the channels. */
export const mixer: ReferenceTeacher = {
  title: 'MLP-Mixer',
  paper: 'https://arxiv.org/abs/2105.01601',
  build(size, { input: shape, classes }) {
    const input = imageShape(shape);
    const { coarse, width, blocks, tokenHidden, dropPath } = sizes[size];
    const b = new SpecBuilder(input);
    const { node, tokens } = embedPatches(b, input, patchSide(input[0], input[1], coarse), width);
    let x = node;
    for (let i = 1; i <= blocks; i++) {
      const name = `block${i}`;
      const rate = (dropPath * (i - 1)) / (blocks - 1);
      b.block(`${name} (mixer)`);
      const turned = b.transpose(`${name}.to_tokens`, b.layerNorm(`${name}.norm1`, x));
      const mixed = b.transpose(`${name}.to_channels`, b.mlp(`${name}.tokens`, turned, tokenHidden, tokens));
      x = b.residual(`${name}.add1`, x, mixed, rate);
      const channels = b.mlp(`${name}.channels`, b.layerNorm(`${name}.norm2`, x), width * channelRatio, width);
      x = b.residual(`${name}.add2`, x, channels, rate);
      b.tap(name, x);
    }
    b.block('head');
    const normed = b.layerNorm('norm', x);
    const embedding = b.node({ name: 'embedding', op: 'global_avg_pool', inputs: [normed] });
    b.tap('tokens', normed);
    b.tap('embedding', embedding);
    return b.build(b.dense('logits', embedding, classes));
  },
};
