import { hypervolume, type Point } from '../core/pareto.js';

/**
 * Indices of `count` points that dominate as much volume as a greedy choice can (1 - 1/e of the best at least): the
 * hypervolume subset selection of Guerreiro, Fonseca, Paquete 2016 (doi:10.1162/EVCO_a_00188). Lazy: gains only shrink, so
 * that a gain is computed anew only when it leads.
 */
export function hypervolumeSubset(points: readonly Point[], count: number, reference: Point): number[] {
  const open = points.map((p, index) => ({ index, gain: hypervolume([p], reference), at: 0 }));
  const chosen: number[] = [];
  let volume = 0;
  while (chosen.length < count && open.length > 0) {
    const lead = open.reduce((a, b) => (b.gain > a.gain ? b : a));
    if (lead.at === chosen.length) {
      open.splice(open.indexOf(lead), 1);
      chosen.push(lead.index);
      volume += lead.gain;
    } else {
      const together = [...chosen, lead.index].map((i) => points[i]);
      lead.gain = hypervolume(together, reference) - volume;
      lead.at = chosen.length;
    }
  }
  return chosen;
}
