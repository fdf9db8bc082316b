import { z } from 'zod';
import { definePruner } from './definePruner.js';
import type { RungReport } from './Pruner.js';

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
    const curveOf = (trial: number) => curves.get(trial) ?? new Map<number, number>();
    const note = ({ trial, epoch, objectives }: RungReport, curve: Map<number, number>) => {
      curve.set(epoch, objectives[objective]);
      curves.set(trial, curve);
    };
    return {
      record: (report) => note(report, curveOf(report.trial)),
      decide(report) {
        if (report.epoch < grace) return 'continue';
        const averages: number[] = [];
        for (const [trial, curve] of curves) {
          if (trial === report.trial || !curve.has(report.epoch)) continue;
          const upTo = [...curve].filter(([epoch]) => epoch <= report.epoch).map(([, v]) => v);
          averages.push(upTo.reduce((a, b) => a + b, 0) / upTo.length);
        }
        if (averages.length < startup) return 'continue';
        averages.sort((a, b) => a - b);
        const half = averages.length >> 1;
        const middle = averages.length % 2 === 1 ? averages[half] : (averages[half - 1] + averages[half]) / 2;
        const earlier = [...curveOf(report.trial)].filter(([epoch]) => epoch < report.epoch).map(([, v]) => v);
        return Math.min(report.objectives[objective], ...earlier) > middle ? 'prune' : 'continue';
      },
    };
  },
});
