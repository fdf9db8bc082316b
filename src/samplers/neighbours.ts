import type { Rng } from '../core/rng.js';
import type { Architecture, SearchSpace } from '../spaces/SearchSpace.js';

/**
 * Every architecture that differs in one choice, or a random `limit` of them if there are more; what a choice activates is
 * drawn.
 */
export function neighbours(space: SearchSpace, architecture: Architecture, rng: Rng, limit = Infinity): Architecture[] {
  const changes = space.choices.flatMap(({ name, values }) => {
    if (values.length < 2 || !Object.hasOwn(architecture.choices, name)) return [];
    return values.filter((value) => value !== architecture.choices[name]).map((value) => ({ [name]: value }));
  });
  const few = changes.length <= limit ? changes : rng.shuffle(changes).slice(0, limit);
  return few.map((change) => space.complete({ ...architecture.choices, ...change }, rng));
}
