import type { Shape } from './LayerEntry.js';

/** A layer cannot take what it is given; inferShapes adds which node it is. Never leaves the room. */
export class ShapeMismatch extends Error {
  override name = 'ShapeMismatch';
}

export function showShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** The one input of a layer. */
export function oneInput(inputs: readonly Shape[]): Shape {
  if (inputs.length !== 1) throw new ShapeMismatch(`needs 1 input, has ${inputs.length}`);
  return inputs[0];
}

/** The one input of a layer as an image [H, W, C]. */
export function imageInput(inputs: readonly Shape[]): readonly [number, number, number] {
  const shape = oneInput(inputs);
  if (shape.length !== 3) throw new ShapeMismatch(`needs an image [height, width, channels], got ${showShape(shape)}`);
  return [shape[0], shape[1], shape[2]];
}

/** The one input of a layer as a sequence [T, C]. */
export function tokensInput(inputs: readonly Shape[]): readonly [number, number] {
  const shape = oneInput(inputs);
  if (shape.length !== 2) throw new ShapeMismatch(`needs a sequence [tokens, channels], got ${showShape(shape)}`);
  return [shape[0], shape[1]];
}

/** Size of the last axis of the one input. */
export function channelsOf(inputs: readonly Shape[]): number {
  return oneInput(inputs)[oneInput(inputs).length - 1];
}

/** A sequence [T, C], and perhaps its mask [T, 1]. */
export function maskedTokensInput(inputs: readonly Shape[]): readonly [number, number] {
  const [sequence, mask] = inputs;
  if (inputs.length === 0 || inputs.length > 2) throw new ShapeMismatch(`needs 1 or 2 inputs, has ${inputs.length}`);
  const [tokens, channels] = tokensInput([sequence]);
  if (mask !== undefined && (mask.length !== 2 || mask[0] !== tokens || mask[1] !== 1)) {
    throw new ShapeMismatch(`needs a mask [${tokens}, 1] of its tokens, got ${showShape(mask)}`);
  }
  return [tokens, channels];
}

/** The one input of a layer as the ids of tokens [T]. */
export function idsInput(inputs: readonly Shape[]): number {
  const shape = oneInput(inputs);
  if (shape.length !== 1) throw new ShapeMismatch(`needs ids of tokens [tokens], got ${showShape(shape)}`);
  return shape[0];
}
