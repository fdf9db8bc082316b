import { SpecBuilder } from '../SpecBuilder.js';
import { imageShape, type ReferenceTeacher } from './ReferenceTeacher.js';

const sizes = {
  tiny: { widths: [16, 32, 64], convolutions: 2 },
  small: { widths: [32, 64, 128], convolutions: 3 },
  base: { widths: [64, 128, 256], convolutions: 4 },
} as const;

/**
 * Plain convolutional network: stages of 3x3 convolutions, a max pool behind each but the last, as VGG (arXiv:1409.1556,
 * table 1). Departs from it in batch norms and in a mean over positions instead of fully connected layers. Images above 64
 * pixels are first reduced by two more pools.
 */
export const cnn: ReferenceTeacher = {
  title: 'plain convolutional network',
  paper: 'https://arxiv.org/abs/1409.1556',
  build(size, { input: shape, classes }) {
    const input = imageShape(shape);
    const { widths, convolutions } = sizes[size];
    const b = new SpecBuilder(input);
    const pool = (name: string, from: string) =>
      b.node({ name, op: 'max_pool', inputs: [from], size: 2, stride: 2, padding: 'same' });
    const convolution = (name: string, from: string, filters: number) => {
      const conv = b.conv(name, from, { filters, kernel: 3, useBias: false });
      return b.activation(`${name}.relu`, b.batchNorm(`${name}.bn`, conv), 'relu');
    };
    let x = 'input';
    if (Math.min(input[0], input[1]) > 64) {
      b.block('stem');
      for (const step of [1, 2]) x = pool(`stem${step}.pool`, convolution(`stem${step}`, x, widths[0]));
    }
    widths.forEach((filters, stage) => {
      const name = `block${stage + 1}`;
      b.block(`${name} (${convolutions} convolutions, ${filters} channels)`);
      if (stage > 0) x = pool(`${name}.pool`, x);
      for (let i = 1; i <= convolutions; i++) x = convolution(`${name}.conv${i}`, x, filters);
      b.tap(name, x);
    });
    b.block('head');
    const embedding = b.node({ name: 'embedding', op: 'global_avg_pool', inputs: [x] });
    b.tap('embedding', embedding);
    return b.build(b.dense('logits', embedding, classes));
  },
};
