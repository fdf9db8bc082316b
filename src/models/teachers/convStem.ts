import type { SpecBuilder } from '../SpecBuilder.js';

/**
 * A stem of 3x3 convolutions of stride 2 with batch norm and ReLU, then a 1x1 convolution, instead of one large-stride cut into
 * patches: a transformer behind it learns much faster and less depends on its learning rate ("Early convolutions help
 * transformers see better", arXiv:2106.14881, section 4.1). Channels double at every step and end at `width`.
 *
 * Halves the image until its shorter side is at most 8 (images up to 64 pixels) or 14 (above); `coarse` goes one step further.
 * [H, W, C] -> [tokens, width], tokens in row-major order.
 */
export function convStem(
  b: SpecBuilder,
  input: readonly [number, number, number],
  width: number,
  coarse: boolean,
): { node: string; tokens: number } {
  const steps = stemSteps(input[0], input[1], coarse);
  b.block(`stem (${steps} convolutions)`);
  let [height, columns] = input;
  let x = 'input';
  for (let step = 1; step <= steps; step++) {
    const name = `stem${step}`;
    const filters = Math.max(16, Math.round(width / 2 ** (steps - step)));
    const conv = b.conv(name, x, { filters, kernel: 3, stride: 2, useBias: false });
    x = b.activation(`${name}.relu`, b.batchNorm(`${name}.bn`, conv), 'relu');
    [height, columns] = [Math.ceil(height / 2), Math.ceil(columns / 2)];
  }
  const grid = b.conv('embed', x, { filters: width, kernel: 1 });
  const tokens = height * columns;
  return { node: b.node({ name: 'sequence', op: 'reshape', inputs: [grid], shape: [tokens, width] }), tokens };
}

/** How often the stem halves the image: see convStem. */
export function stemSteps(height: number, width: number, coarse: boolean): number {
  const side = Math.min(height, width);
  const goal = (side <= 64 ? 8 : 14) / (coarse ? 2 : 1);
  return Math.max(1, Math.ceil(Math.log2(side / goal)));
}
