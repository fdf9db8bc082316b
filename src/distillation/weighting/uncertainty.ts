// Kendall, Gal, Cipolla: Multi-Task Learning Using Uncertainty to Weigh Losses, arXiv:1705.07115, equation 10, with
// s = log sigma^2 learnt for numerical stability, as in its section 3.2: sum_i w_i * exp(-s_i) * L_i + s_i / 2.
// Departs from it in the recipe's own weight w_i, and in one form for all terms, that of classification.
import { z } from 'zod';
import { add, exp, mul, neg, reshape, split, sum, type Tensor } from '../../engines/tf.js';
import { parseOptions } from '../parseOptions.js';
import { weightedSum } from './fixed.js';
import type { WeightingEntry } from './Weighting.js';

const options = z.strictObject({});

export const uncertainty: WeightingEntry = {
  summary: 'learns a weight for each term: large losses count less',
  paper: 'arXiv:1705.07115',
  options,
  create: (given) => {
    parseOptions('weighting uncertainty', options, given);
    return {
      // One vector: optimisers do not decay rank 1.
      init: (count) => ({ s: { shape: [count], dtype: 'float32', data: new Float32Array(count) } }),
      combine: (terms, { s }) => {
        const factors = exp(neg(s));
        const each = terms.length === 1 ? [factors] : split(factors, terms.length);
        const weights = terms.map(({ weight }, i): Tensor => mul(reshape(each[i], []), weight));
        const total = weightedSum(terms.map(({ value }, i) => ({ value, weight: weights[i] })));
        return { total: add(total, mul(sum(s), 0.5)), weights };
      },
    };
  },
};
