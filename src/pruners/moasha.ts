import { z } from 'zod';
import { crowdingDistance, nonDominatedSort } from '../core/pareto.js';
import { ladderOptions, survivors } from './asha.js';
import { definePruner } from './definePruner.js';
import { RungLadder } from './RungLadder.js';

/**
 * MO-ASHA (Schmucker, Donini, Zafar, Salinas, Archambeau 2021, arXiv:2106.12639): ASHA whose order at a level is the
 * non-dominated sort of what the trials reached there, so that a small student is compared with what its size can do.
 * Departures: ties within a front are broken by crowding distance (as in NSGA-II) instead of the epsilon net; trials
 * are stopped, not paused; and no trial of the first front is ever pruned, as it would be in the final front if nothing changed.
 */
export const moasha = definePruner({
  name: 'moasha',
  summary: 'successive halving by non-dominated sorting of all objectives (MO-ASHA)',
  paper: 'arXiv:2106.12639',
  options: z.strictObject({ grace: ladderOptions.grace, reduction: ladderOptions.reduction }),
  create({ epochs }, { grace, reduction }) {
    const ladder = new RungLadder(grace, reduction, epochs);
    return {
      record: (report) => ladder.record(report),
      decide(report) {
        if (!ladder.isLevel(report.epoch)) return 'continue';
        const points = [report, ...ladder.others(report)].map((r) => r.objectives);
        const fronts = nonDominatedSort(points);
        const mine = fronts.findIndex((indices) => indices.includes(0));
        if (mine === 0) return 'continue';
        const ahead = fronts.slice(0, mine).reduce((sum, indices) => sum + indices.length, 0);
        const places = survivors(points.length, reduction) - ahead;
        if (places <= 0) return 'prune';
        const crowding = crowdingDistance(fronts[mine].map((i) => points[i]));
        const own = crowding[fronts[mine].indexOf(0)];
        return crowding.filter((c) => c > own).length < places ? 'continue' : 'prune';
      },
    };
  },
});
