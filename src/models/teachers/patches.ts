import { NasDistillError } from '../../core/errors.js';
import type { SpecBuilder } from '../SpecBuilder.js';

/**
 * Side of the square patches: of the sides that divide the image evenly, the one nearest to an eighth of it for images up to
 * 64 pixels (28 -> 4, 32 -> 4), to a fourteenth above (224 -> 16); `coarse` doubles that (28 -> 7, 32 -> 8).
 * @throws NasDistillError MODEL if no side from 2 up divides the image
 */
export function patchSide(height: number, width: number, coarse: boolean): number {
  const ideal = (Math.min(height, width) / (Math.min(height, width) <= 64 ? 8 : 14)) * (coarse ? 2 : 1);
  let best = 0;
  for (let side = 2; side <= Math.min(height, width) / 2; side++) {
    if (height % side !== 0 || width % side !== 0) continue;
    if (best === 0 || Math.abs(side - ideal) < Math.abs(best - ideal)) best = side;
  }
  if (best === 0) {
    throw new NasDistillError('MODEL', `an image of ${height}x${width} does not divide into square patches`, {
      hint: 'Resize the images to a side such as 28, 32 or 64.',
    });
  }
  return best;
}

/** Cuts the image into patches and embeds each: [H, W, C] -> [tokens, width]. */
export function embedPatches(
  builder: SpecBuilder,
  input: readonly [number, number, number],
  side: number,
  width: number,
): { node: string; tokens: number } {
  const tokens = (input[0] / side) * (input[1] / side);
  builder.block(`patches ${side}x${side}`);
  const grid = builder.conv('patches', 'input', { filters: width, kernel: side, stride: side, padding: 'valid' });
  const node = builder.node({ name: 'sequence', op: 'reshape', inputs: [grid], shape: [tokens, width] });
  return { node, tokens };
}
