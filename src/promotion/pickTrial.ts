import { NasDistillError } from '../core/errors.js';
import type { CostName } from '../costs/CostModel.js';
import { frontOf, kneeOf } from '../search/frontOf.js';
import type { Trial } from '../store/types.js';

export const picks = ['knee', 'best', 'smallest'] as const;
export type Pick = (typeof picks)[number];

/**
 * The trial that is promoted: by number, or from the front.
 * @throws NasDistillError NOT_FOUND if there is none, or it was not completed
 */
export function pickTrial(study: string, trials: readonly Trial[], cost: CostName, wanted: number | Pick): Trial {
  if (typeof wanted === 'number') {
    const trial = trials.find(({ number }) => number === wanted);
    if (trial === undefined) {
      throw new NasDistillError('NOT_FOUND', `study ${study} has no trial ${wanted}`, {
        hint: `nas-distill export ${study} lists them.`,
      });
    }
    if (trial.state !== 'COMPLETE') {
      throw new NasDistillError(
        'NOT_FOUND',
        `trial ${wanted} of study ${study} is ${trial.state}, only a COMPLETE one can be promoted`,
      );
    }
    return trial;
  }
  const front = frontOf(trials, cost);
  const trial = wanted === 'smallest' ? front[0] : wanted === 'best' ? front.at(-1) : kneeOf(front, cost);
  if (trial === undefined) {
    throw new NasDistillError('NOT_FOUND', `study ${study} has no completed trial to promote`, {
      hint: `Go on with: nas-distill search --resume ${study}`,
    });
  }
  return trial;
}
