import { SpecBuilder } from '../SpecBuilder.js';
import { imageShape, type ReferenceTeacher } from './ReferenceTeacher.js';

const sizes = {
  tiny: { widths: [16, 32, 64], blocks: 1 },
  small: { widths: [32, 64, 128], blocks: 2 },
  base: { widths: [64, 128, 256], blocks: 3 },
} as const;

/**
 * Residual network in the CIFAR form (arXiv:1512.03385, section 4.2): a 3x3 stem and three stages of basic blocks, each
 * after the first at half the resolution. Images above 64 pixels are first reduced by a strided stem and a max pool.
 */
export const resnet: ReferenceTeacher = {
  title: 'residual network',
  paper: 'https://arxiv.org/abs/1512.03385',
  build(size, { input: shape, classes }) {
    const input = imageShape(shape);
    const { widths, blocks } = sizes[size];
    const b = new SpecBuilder(input);
    const large = Math.min(input[0], input[1]) > 64;
    b.block('stem');
    let x = convNorm(b, 'stem', 'input', { filters: widths[0], kernel: large ? 7 : 3, stride: large ? 2 : 1 });
    x = b.activation('stem.relu', x, 'relu');
    if (large) x = b.node({ name: 'stem.pool', op: 'max_pool', inputs: [x], size: 3, stride: 2, padding: 'same' });
    let from: number = widths[0];
    let count = 0;
    widths.forEach((filters, stage) => {
      for (let i = 0; i < blocks; i++) {
        const name = `block${++count}`;
        const stride = stage > 0 && i === 0 ? 2 : 1;
        b.block(`${name} (residual, ${filters} channels)`);
        const first = b.activation(
          `${name}.relu1`,
          convNorm(b, `${name}.conv1`, x, { filters, kernel: 3, stride }),
          'relu',
        );
        const second = convNorm(b, `${name}.conv2`, first, { filters, kernel: 3, stride: 1 });
        const same = stride === 1 && from === filters;
        const shortcut = same ? x : convNorm(b, `${name}.shortcut`, x, { filters, kernel: 1, stride });
        x = b.activation(name, b.add(`${name}.add`, shortcut, second), 'relu');
        b.tap(name, x);
        from = filters;
      }
    });
    b.block('head');
    const embedding = b.node({ name: 'embedding', op: 'global_avg_pool', inputs: [x] });
    b.tap('embedding', embedding);
    return b.build(b.dense('logits', embedding, classes));
  },
};

function convNorm(
  b: SpecBuilder,
  name: string,
  from: string,
  options: { filters: number; kernel: number; stride: number },
): string {
  return b.batchNorm(`${name}.bn`, b.conv(name, from, { ...options, useBias: false }));
}
