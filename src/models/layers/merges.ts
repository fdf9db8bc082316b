import type { Shape } from './LayerEntry.js';
import { ShapeMismatch, showShape } from './ShapeMismatch.js';

/** Checks that a layer has at least two inputs. */
export function atLeastTwo(inputs: readonly Shape[]): void {
  if (inputs.length < 2) throw new ShapeMismatch(`needs at least 2 inputs, has ${inputs.length}`);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** @throws ShapeMismatch showing all the shapes */
export function mismatch(inputs: readonly Shape[], why: string): ShapeMismatch {
  return new ShapeMismatch(`${why}: ${inputs.map(showShape).join(', ')}`);
}
