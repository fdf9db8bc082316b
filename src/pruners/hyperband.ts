import { z } from 'zod';
import { scalarLadderOptions } from './asha.js';
import { definePruner } from './definePruner.js';
import { createLadder } from './ladder.js';
import type { WaitingTrial } from './Pruner.js';
import { ScalarStanding } from './ScalarStanding.js';

/**
 * Hyperband (Li et al. 2018, arXiv:1603.06560): several successive halvings side by side, bracket s with a grace of
 * grace * reduction^s epochs, as it is not known how early a ranking can be trusted; asynchronous, as in the ASHA paper.
 * Departure: a trial's bracket follows from its number, in the proportions of the budget that Hyperband gives to the
 * brackets' first rungs, so that a resumed study decides as one that was never stopped.
 */
export const hyperband = definePruner({
  name: 'hyperband',
  summary: 'successive halvings with several grace periods side by side (Hyperband)',
  paper: 'arXiv:1603.06560',
  options: z.strictObject(scalarLadderOptions),
  create({ epochs }, options) {
    const { grace, reduction } = options;
    const count = Math.max(1, 1 + Math.floor(Math.log(epochs / grace) / Math.log(reduction) + 1e-9));
    const brackets = Array.from({ length: count }, (_, s) =>
      createLadder(
        epochs,
        { ...options, grace: Math.min(epochs, Math.round(grace * reduction ** s)) },
        () => new ScalarStanding(options.objective),
      ),
    );
    // Li et al., algorithm 1: the bracket with s_max - s halvings starts with about reduction^(s_max - s) / (s_max - s + 1).
    const shares = brackets.map((_, s) => Math.ceil((count * reduction ** (count - 1 - s)) / (count - s)));
    const period = shares.reduce((a, b) => a + b, 0);
    const bracketOf = (trial: number) => {
      // A stride coprime to the period mixes the brackets instead of running one after the other.
      let place = (trial * strideFor(period)) % period;
      const found = shares.findIndex((share) => (place -= share) < 0);
      return brackets[found];
    };
    return {
      record: (report) => bracketOf(report.trial).record(report),
      decide: (report) => bracketOf(report.trial).decide(report),
      mayStop: (trial, epoch) => bracketOf(trial).mayStop(trial, epoch),
      ...(options.pause
        ? {
            waiting: {
              enter: (waiting) => bracketOf(waiting.trial).waiting?.enter(waiting),
              leave: (waiting) => bracketOf(waiting.trial).waiting?.leave(waiting),
              next: (last) =>
                brackets
                  .flatMap((bracket) => bracket.waiting?.next(last) ?? [])
                  .reduce<WaitingTrial | undefined>(
                    (a, b) => (a === undefined || b.epoch > a.epoch ? b : a),
                    undefined,
                  ),
            },
          }
        : {}),
    };
  },
});

/** A number near the golden section of the period that has no factor in common with it. */
function strideFor(period: number): number {
  const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
  let stride = Math.max(1, Math.round(period * 0.618));
  while (gcd(stride, period) !== 1) stride++;
  return stride;
}
