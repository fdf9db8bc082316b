import { z } from 'zod';
import { NasDistillError } from '../../core/errors.js';
import { add, mul, type Tensor } from '../../engines/tf.js';
import { parseOptions } from '../parseOptions.js';
import type { WeighedTerm, WeightingEntry } from './Weighting.js';

/** Sum of weight * value. */
export function weightedSum(terms: readonly WeighedTerm[]): Tensor {
  let total: Tensor | undefined;
  for (const { value, weight } of terms) {
    const weighted = mul(value, weight);
    total = total === undefined ? weighted : add(total, weighted);
  }
  if (total === undefined) throw new NasDistillError('INTERNAL', 'no loss term');
  return total;
}

const options = z.strictObject({});

export const fixed: WeightingEntry = {
  summary: "the recipe's weights and schedules as they are",
  paper: '-',
  options,
  create: (given) => {
    parseOptions('weighting fixed', options, given);
    return { init: () => ({}), combine: (terms) => ({ total: weightedSum(terms) }) };
  },
};
