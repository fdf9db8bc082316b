import { NasDistillError } from '../../core/errors.js';
import type { HostTensors, Tensors } from '../../engines/Engine.js';
import { concat1d, reshape, split, type Rank, type Tensor, type Tensor1D } from '../../engines/tf.js';

/**
 * Parameters in two groups, each joined to one vector: `weights` (rank 2 and more: kernels, embeddings) may be decayed,
 * `plain` (rank 0 and 1: biases, norms) never is. A step over two vectors is a few dozen operators whatever the size of
 * the network; one update per parameter would be a few dozen each.
 */
export const groups = ['weights', 'plain'] as const;
export type Group = (typeof groups)[number];

/** Names of a group's members, sorted, so that the vectors' layout depends on names only. */
export function membersOf(
  shapes: Readonly<Record<string, { readonly shape: readonly number[] }>>,
  group: Group,
): string[] {
  return Object.keys(shapes)
    .filter((name) => shapes[name].shape.length >= 2 === (group === 'weights'))
    .sort();
}

/** Number of values in a group. */
export function sizeOfGroup(params: HostTensors, group: Group): number {
  return membersOf(params, group).reduce((sum, name) => sum + params[name].data.length, 0);
}

/** Joins the named tensors to one vector. @throws NasDistillError INTERNAL naming a tensor that is missing */
export function flatten(tensors: Tensors, names: readonly string[]): Tensor1D {
  const vectors = names.map((name) => {
    const tensor = tensors[name];
    if (!tensor) throw new NasDistillError('INTERNAL', `optimiser: no tensor for '${name}'`);
    return reshape<Rank.R1>(tensor, [tensor.size]);
  });
  return vectors.length === 1 ? vectors[0] : concat1d(vectors);
}

/** The inverse of `flatten`: pieces with the shapes of `like`. */
export function unflatten(vector: Tensor, names: readonly string[], like: Tensors): Tensors {
  const sizes = names.map((name) => like[name].size);
  const pieces = names.length === 1 ? [vector] : split(vector, sizes);
  return Object.fromEntries(names.map((name, i) => [name, reshape(pieces[i], like[name].shape)]));
}
