import type { SpecBuilder } from '../SpecBuilder.js';

export interface TransformerSizes {
  readonly width: number;
  readonly blocks: number;
  readonly heads: number;
  readonly mlpRatio: number;
  readonly dropPath: number;
}

/**
 * Block `number` (from 1) of a pre-norm transformer encoder: attention and a perceptron, each over what the layer norm makes of
 * its input and added to it. Stochastic depth grows linearly with depth (arXiv:1603.09382, eq. 4).
 * @param mask where the tokens are padding
 * @returns its output, and the node of its attention
 */
export function transformerBlock(
  b: SpecBuilder,
  { width, blocks, heads, mlpRatio, dropPath }: TransformerSizes,
  number: number,
  input: string,
  mask?: string,
): { node: string; attended: string } {
  const name = `block${number}`;
  const rate = blocks > 1 ? (dropPath * (number - 1)) / (blocks - 1) : 0;
  b.block(`${name} (transformer, ${heads} heads)`);
  const attended = b.node({
    name: `${name}.attention`,
    op: 'attention',
    inputs: [b.layerNorm(`${name}.norm1`, input), ...(mask === undefined ? [] : [mask])],
    heads,
  });
  const x = b.residual(`${name}.add1`, input, attended, rate);
  const mixed = b.mlp(`${name}.mlp`, b.layerNorm(`${name}.norm2`, x), width * mlpRatio, width);
  return { node: b.residual(`${name}.add2`, x, mixed, rate), attended };
}
