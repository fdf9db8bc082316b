// Weight by difficulty, without a gradient of its own: images that the student still gets wrong count more, in the form
// of the focal loss, Lin et al., arXiv:1708.02002, equation 4; those that the teacher itself is unsure of may count less.
// w_i = (1 - p_s(y_i))^gamma * p_t(y_i)^trust, over its batch mean. Departs from the paper in that mean, and in that the
// weight is a constant to the gradient.
import { z } from 'zod';
import {
  add,
  argMax,
  cast,
  div,
  exp,
  log,
  maximum,
  mean,
  mul,
  notEqual,
  softmax,
  sub,
  sum,
  type Tensor,
} from '../../engines/tf.js';
import { constantOf } from '../constantOf.js';
import { parseOptions } from '../parseOptions.js';
import { weightedSum } from './fixed.js';
import type { BatchAnswers, WeightingEntry } from './Weighting.js';

const options = z.strictObject({
  gamma: z.number().nonnegative().default(1).describe('how much more wrong images count; 0: not at all'),
  trust: z.number().nonnegative().default(0).describe('how much less images count that the teacher is unsure of'),
});

/** Keeps the logarithm finite, and the mean above 0 when everything is right. */
const tiny = 1e-6;

function power(x: Tensor, exponent: number): Tensor {
  return exp(mul(log(add(x, tiny)), exponent));
}

/** @returns [B], of mean 1 */
export function difficultyWeights(
  { student, teacher, oneHot }: BatchAnswers,
  { gamma, trust }: z.infer<typeof options>,
): Tensor {
  const right = (logits: Tensor) => sum(mul(softmax(logits), oneHot), -1);
  let weights = power(sub(1, right(constantOf(student))), gamma);
  if (teacher !== undefined && trust > 0) weights = mul(weights, power(right(teacher), trust));
  return div(weights, add(mean(weights), tiny));
}

export const difficulty: WeightingEntry = {
  summary: 'images that the student still gets wrong count more',
  paper: 'arXiv:1708.02002',
  options,
  create: (given) => {
    const chosen = parseOptions('weighting difficulty', options, given);
    return {
      init: () => ({}),
      combine: (terms) => ({ total: weightedSum(terms) }),
      samples: (answers) => {
        const weights = difficultyWeights(answers, chosen);
        const wrong = cast(notEqual(argMax(answers.student, -1), argMax(answers.oneHot, -1)), 'float32');
        const meanOf = (which: Tensor) => div(sum(mul(weights, which)), maximum(sum(which), 1));
        return { weights, logged: { weight_wrong: meanOf(wrong), weight_right: meanOf(sub(1, wrong)) } };
      },
    };
  },
};
