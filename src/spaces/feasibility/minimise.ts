import type { Rng } from '../../core/rng.js';
import type { Architecture, ChoiceValue, SearchSpace } from '../SearchSpace.js';

/**
 * Coordinate descent: visits the active choices in random order, keeps the value with the smallest score, until a whole
 * round changes nothing, the score is at most `enough`, or `rounds` are over. Choices of the recipe are left alone.
 */
export function minimise(
  space: SearchSpace,
  start: Architecture,
  score: (architecture: Architecture) => number,
  rng: Rng,
  options: { rounds?: number; enough?: number } = {},
): { architecture: Architecture; score: number } {
  const dimensions = space.choices.filter((c) => c.affects === 'architecture' && c.values.length > 1);
  let best = start;
  let bestScore = score(start);
  for (let round = 0; round < (options.rounds ?? 6); round++) {
    let improved = false;
    for (const choice of rng.shuffle(dimensions)) {
      if (!Object.hasOwn(best.choices, choice.name)) continue;
      for (const value of rng.shuffle(choice.values)) {
        if (options.enough !== undefined && bestScore <= options.enough)
          return { architecture: best, score: bestScore };
        if (value === best.choices[choice.name]) continue;
        const candidate = withValue(space, best, choice.name, value, rng);
        const candidateScore = score(candidate);
        if (candidateScore < bestScore) {
          best = candidate;
          bestScore = candidateScore;
          improved = true;
        }
      }
    }
    if (!improved) break;
  }
  return { architecture: best, score: bestScore };
}

/** The architecture with one choice set; what that activates is drawn. */
export function withValue(
  space: SearchSpace,
  architecture: Architecture,
  name: string,
  value: ChoiceValue,
  rng: Rng,
): Architecture {
  return space.complete({ ...architecture.choices, [name]: value }, rng);
}
