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
