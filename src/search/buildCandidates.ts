import { estimateCosts } from '../costs/registry.js';
import type { Latencies, WeightFormat } from '../costs/CostModel.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import type { Architecture, ModelContext, SearchSpace } from '../spaces/SearchSpace.js';
import type { Candidate } from './SearchParts.js';

/** Largest number of architectures whose costs are remembered. */
const remembered = 20_000;

/**
 * Builds architectures of a space for the study's data and costs them; costs are remembered by architecture id.
 * @param latencies what a model takes on the study's devices
 */
export function candidateBuilder(
  space: SearchSpace,
  context: ModelContext,
  weights: WeightFormat,
  latencies: (spec: ModelSpec) => Latencies = () => ({}),
) {
  const costed = (spec: ModelSpec): Candidate => ({
    spec,
    costs: { ...estimateCosts(spec, weights), ...latencies(spec) },
  });
  const known = new Map<string, Candidate['costs']>();
  // Samplers ask for the costs of one object several times, and its digest is dear; the controller then builds the last one.
  const ofObject = new WeakMap<Architecture, Candidate['costs']>();
  let last: { readonly architecture: Architecture; readonly candidate: Candidate } | undefined;
  const build = (architecture: Architecture): Candidate => {
    if (last?.architecture !== architecture) {
      last = { architecture, candidate: costed(space.toModelSpec(architecture, context)) };
    }
    return last.candidate;
  };
  const costs = (architecture: Architecture): Candidate['costs'] => {
    const id = space.id(architecture);
    let found = known.get(id);
    if (found === undefined) {
      found = build(architecture).costs;
      if (known.size >= remembered) known.clear();
      known.set(id, found);
    }
    return found;
  };
  return {
    build,
    costs: (architecture: Architecture): Candidate['costs'] => {
      let found = ofObject.get(architecture);
      if (found === undefined) ofObject.set(architecture, (found = costs(architecture)));
      return found;
    },
    baseline: (width: number): Candidate => costed(space.baseline(width, context)),
  };
}
