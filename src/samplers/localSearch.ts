import { z } from 'zod';
import { dominates } from '../core/pareto.js';
import { Proposals } from './Proposals.js';
import type { FinishedTrial } from './Sampler.js';
import { defineSampler } from './defineSampler.js';
import { shuffledNeighbours } from './neighbours.js';
import { isComplete } from './ranking.js';

/**
 * Pareto local search (Paquete, Chiarandini, Stützle 2004, doi:10.1007/978-3-642-17144-4_7): all neighbours of the
 * members of the front are tried, one changed choice each; local search is strong on NAS benchmarks (White, Nolen,
 * Savani 2020, arXiv:2005.02960). Departures: the neighbours of all members take turns in random order, so that one member
 * cannot hold up the others and several workers never wait; when all neighbours are known it starts again at random.
 */
export const localSearch = defineSampler({
  name: 'local-search',
  summary: 'tries the neighbours of the front (Pareto local search)',
  paper: 'arXiv:2005.02960',
  options: z.strictObject({
    startup: z.number().int().min(1).max(1000).optional().describe('random trials at first; default: a tenth, 4 to 20'),
  }),
  create(context, options) {
    const startup = options.startup ?? Math.min(20, Math.max(4, Math.floor((context.trials ?? 100) / 10)));
    const proposals = new Proposals(context);
    let front: readonly FinishedTrial[] = [];
    /** Members whose neighbours are all known. */
    const explored = new Set<string>();
    return {
      ask() {
        const rng = proposals.nextRng();
        if (proposals.size < startup) return proposals.random(rng);
        for (const member of rng.shuffle(front.filter((t) => !explored.has(t.id)))) {
          for (const next of shuffledNeighbours(context.space, member.architecture, rng)) {
            const accepted = proposals.accept(next);
            if (accepted !== undefined) return accepted;
          }
          explored.add(member.id);
        }
        return proposals.random(rng);
      },
      tell(trial) {
        proposals.end(trial.id);
        if (!isComplete(trial) || front.some((t) => dominates(t.objectives, trial.objectives))) return;
        front = [...front.filter((t) => !dominates(trial.objectives, t.objectives)), trial];
      },
      pending: (architecture, id) => proposals.propose(architecture, id),
      withdraw: (id) => proposals.withdraw(id),
    };
  },
});
