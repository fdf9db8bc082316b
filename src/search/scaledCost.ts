import { isLatency, type CostName, type Costs } from '../costs/CostModel.js';

/**
 * A cost as the sampler and the pruner see it: in logarithms, as in the report's hypervolume, so that a student of half the
 * size counts the same among the small as among the large. log(1 + x), as a cost may be 0; of a latency the microseconds, so
 * that 1 is little.
 */
export function scaledCost(costs: Costs, metric: CostName): number {
  return Math.log1p(isLatency(metric) ? 1000 * costs[metric] : costs[metric]);
}
