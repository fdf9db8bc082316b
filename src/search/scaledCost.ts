/**
 * A cost as the sampler and the pruner see it: in logarithms, as in the report's hypervolume, so that a student of half the
 * size counts the same among the small as among the large. log(1 + x), as a cost may be 0.
 */
export function scaledCost(cost: number): number {
  return Math.log1p(cost);
}
