import { z } from 'zod';
import { definePruner } from './definePruner.js';
import type { RungReport } from './Pruner.js';
import { insertEntry, placeOf, removeEntry, type ScalarEntry } from './sortedEntries.js';

/**
 * The median stopping rule (Golovin et al. 2017, Google Vizier, doi:10.1145/3097983.3098043): a trial stops if its
 * best value so far is worse than the median of what others had reached on average up to the same epoch. It knows one
 * objective, as asha does.
 */
export const median = definePruner({
  name: 'median',
  summary: 'stops what is worse than the median of the others at the same epoch',
  paper: 'doi:10.1145/3097983.3098043',
  options: z.strictObject({
    grace: z.number().int().min(1).default(1).describe('epochs before the first decision'),
    startup: z.number().int().min(1).default(5).describe('trials that must have come that far'),
    objective: z.number().int().min(0).max(9).default(0).describe('which objective counts'),
  }),
  create(_context, { grace, startup, objective }) {
    const curves = new Map<number, Map<number, number>>();
    /** By epoch: what each trial that came that far had reached on average up to it, in order. */
    const averages = new Map<number, ScalarEntry[]>();
    const curveOf = (trial: number) => curves.get(trial) ?? new Map<number, number>();
    const averageUpTo = (epoch: number, curve: ReadonlyMap<number, number>) => {
      const upTo = [...curve].filter(([e]) => e <= epoch).map(([, value]) => value);
      return upTo.reduce((a, b) => a + b, 0) / upTo.length;
    };
    const listOf = (epoch: number) => {
      const list = averages.get(epoch) ?? [];
      averages.set(epoch, list);
      return list;
    };
    return {
      record({ trial, epoch, objectives }) {
        const curve = curveOf(trial);
        // Reports may come in any order: the averages of later epochs change with an earlier one.
        const later = [...curve.keys()].filter((e) => e >= epoch);
        for (const e of later) removeEntry(listOf(e), { trial, value: averageUpTo(e, curve) });
        curve.set(epoch, objectives[objective]);
        curves.set(trial, curve);
        for (const e of new Set([...later, epoch])) insertEntry(listOf(e), { trial, value: averageUpTo(e, curve) });
      },
      mayStop: (_trial, epoch) => epoch >= grace,
      decide(report: RungReport) {
        if (report.epoch < grace) return 'continue';
        const list = averages.get(report.epoch) ?? [];
        const curve = curveOf(report.trial);
        const own = curve.has(report.epoch)
          ? placeOf(list, { trial: report.trial, value: averageUpTo(report.epoch, curve) })
          : Infinity;
        const count = list.length - (own < Infinity ? 1 : 0);
        if (count < startup) return 'continue';
        const at = (place: number) => list[place < own ? place : place + 1].value;
        const half = count >> 1;
        const middle = count % 2 === 1 ? at(half) : (at(half - 1) + at(half)) / 2;
        const earlier = [...curve].filter(([epoch]) => epoch < report.epoch).map(([, v]) => v);
        return Math.min(report.objectives[objective], ...earlier) > middle ? 'prune' : 'continue';
      },
    };
  },
});
