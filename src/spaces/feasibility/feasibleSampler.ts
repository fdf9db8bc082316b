import type { Rng } from '../../core/rng.js';
import type { Architecture, SearchSpace } from '../SearchSpace.js';
import { minimise, withValue } from './minimise.js';

const draws = 16;
const restarts = 6;

/**
 * Draws random architectures that fit, also where one in millions does: a few plain draws; then, from the least
 * excessive one, descent of the total excess with random restarts, and a random walk among those that fit, so that
 * samples do not all lie on the edge of the budget. Stateless: equal streams give equal samples.
 * @param violation total excess over the budgets, 0 fits.
 * @returns a function that returns undefined if nothing that fits was found.
 */
export function feasibleSampler(
  space: SearchSpace,
  violation: (architecture: Architecture) => number,
): (rng: Rng) => Architecture | undefined {
  return (rng) => {
    for (let attempt = 0; attempt < restarts; attempt++) {
      let best: Architecture | undefined;
      let bestExcess = Infinity;
      for (let i = 0; i < (attempt === 0 ? draws : 2); i++) {
        const architecture = space.sample(rng);
        const excess = violation(architecture);
        if (excess <= 0) return architecture;
        if (best === undefined || excess < bestExcess) {
          best = architecture;
          bestExcess = excess;
        }
      }
      if (best === undefined) return undefined;
      const found = minimise(space, best, violation, rng, { enough: 0 });
      if (found.score <= 0) return walk(space, found.architecture, violation, rng);
    }
    return undefined;
  };
}

/** Random steps that stay within the budget: about two tries for each choice. */
function walk(
  space: SearchSpace,
  start: Architecture,
  violation: (architecture: Architecture) => number,
  rng: Rng,
): Architecture {
  let current = start;
  const names = Object.keys(start.choices).length * 2;
  for (let i = 0; i < names; i++) {
    const open = space.choices.filter((c) => c.values.length > 1 && Object.hasOwn(current.choices, c.name));
    if (open.length === 0) return current;
    const choice = rng.pick(open);
    const next = withValue(space, current, choice.name, rng.pick(choice.values), rng);
    if (violation(next) <= 0) current = next;
  }
  return current;
}
