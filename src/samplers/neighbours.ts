import type { Rng } from '../core/rng.js';
import type { Architecture, SearchSpace } from '../spaces/SearchSpace.js';

/** Every architecture that differs in one choice; what a choice activates is drawn. */
export function neighbours(space: SearchSpace, architecture: Architecture, rng: Rng): Architecture[] {
  return space.choices.flatMap(({ name, values }) => {
    if (values.length < 2 || !Object.hasOwn(architecture.choices, name)) return [];
    return values
      .filter((value) => value !== architecture.choices[name])
      .map((value) => space.complete({ ...architecture.choices, [name]: value }, rng));
  });
}
