import type { Rng } from '../core/rng.js';
import type { ModelSpec, NodeSpec } from '../models/ModelSpec.js';
import type { Architecture, SearchSpace } from './SearchSpace.js';

/** How many architectures are looked at: a value that a space offers at all is missing in all of them about never. */
const draws = 96;
/** What an operator works on, and not which operator it is. */
const sizes = new Set(['name', 'inputs', 'block', 'filters', 'units', 'shape', 'height', 'width', 'vocabulary']);

/**
 * A few architectures that between them have every kind of layer of the space, with its options other than widths: the
 * reference first, then each that adds one.
 */
export function coverOperators(
  space: SearchSpace,
  build: (architecture: Architecture) => ModelSpec,
  rng: Rng,
): { readonly architecture: Architecture; readonly spec: ModelSpec }[] {
  const seen = new Set<string>();
  const chosen: { architecture: Architecture; spec: ModelSpec }[] = [];
  for (let i = 0; i <= draws; i++) {
    const architecture = i === 0 ? space.reference : space.sample(rng);
    const spec = build(architecture);
    const before = seen.size;
    for (const node of spec.nodes) seen.add(kindOf(node));
    if (seen.size > before) chosen.push({ architecture, spec });
  }
  return chosen;
}

function kindOf(node: NodeSpec): string {
  const options = Object.entries(node).filter(([key]) => !sizes.has(key));
  // A layer that drops nothing is none at all; how many groups follows from the widths.
  const what = (key: string, value: unknown) =>
    key === 'rate' ? Number(value) > 0 : key === 'groups' ? Number(value) > 1 : value;
  return JSON.stringify(options.map(([key, value]) => [key, what(key, value)]));
}
