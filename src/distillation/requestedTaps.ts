import type { LossTerm } from '../spaces/SearchSpace.js';
import { parseLossTerms } from './parseLossTerms.js';

/** The teacher's taps that any of the terms looks at, sorted: what the teacher's cache must hold. */
export function requestedTaps(terms: readonly LossTerm[]): string[] {
  const taps = terms.flatMap((term) =>
    term.loss === 'none' || term.weight === 0
      ? []
      : parseLossTerms([withoutSchedules(term)]).flatMap(({ loss }) => loss.taps.map((pair) => pair.teacher)),
  );
  return [...new Set(taps)].sort();
}

/** What a schedule is decides no tap. */
function withoutSchedules({ loss, weight, options }: LossTerm) {
  return { loss, weight, ...(options === undefined ? {} : { options }) };
}
