import { estimateCosts } from '../costs/registry.js';
import type { WeightFormat } from '../costs/CostModel.js';
import type { Architecture, ModelContext, SearchSpace } from '../spaces/SearchSpace.js';
import type { Candidate } from './SearchParts.js';

/** Largest number of architectures whose costs are remembered. */
const remembered = 20_000;

/** Builds architectures of a space for the study's data and costs them; costs are remembered by architecture id. */
export function candidateBuilder(space: SearchSpace, context: ModelContext, weights: WeightFormat) {
  const known = new Map<string, Candidate['costs']>();
  const build = (architecture: Architecture): Candidate => {
    const spec = space.toModelSpec(architecture, context);
    return { spec, costs: estimateCosts(spec, weights) };
  };
  return {
    build,
    costs: (architecture: Architecture): Candidate['costs'] => {
      const id = space.id(architecture);
      let costs = known.get(id);
      if (costs === undefined) {
        costs = build(architecture).costs;
        if (known.size >= remembered) known.clear();
        known.set(id, costs);
      }
      return costs;
    },
    baseline: (width: number): Candidate => {
      const spec = space.baseline(width, context);
      return { spec, costs: estimateCosts(spec, weights) };
    },
  };
}
