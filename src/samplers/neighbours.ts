import type { Rng } from '../core/rng.js';
import type { Architecture, ChoiceValue, SearchSpace } from '../spaces/SearchSpace.js';

/**
 * Every architecture that differs in one choice, or a random `limit` of them if there are more; what a choice activates is
 * drawn.
 */
export function neighbours(space: SearchSpace, architecture: Architecture, rng: Rng, limit = Infinity): Architecture[] {
  const changes = changesOf(space, architecture);
  const few = changes.length <= limit ? changes : rng.shuffle(changes).slice(0, limit);
  return few.map((change) => space.complete({ ...architecture.choices, ...change }, rng));
}

/** All of them in random order, each made when it is asked for: who takes the first that will do pays for no other. */
export function* shuffledNeighbours(space: SearchSpace, architecture: Architecture, rng: Rng): Generator<Architecture> {
  for (const change of rng.shuffle(changesOf(space, architecture)))
    yield space.complete({ ...architecture.choices, ...change }, rng);
}

function changesOf(space: SearchSpace, { choices }: Architecture): Record<string, ChoiceValue>[] {
  return space.choices.flatMap(({ name, values }) => {
    if (values.length < 2 || !Object.hasOwn(choices, name)) return [];
    return values.filter((value) => value !== choices[name]).map((value) => ({ [name]: value }));
  });
}
