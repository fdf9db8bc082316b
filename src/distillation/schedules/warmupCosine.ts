// Cosine decay: Loshchilov and Hutter, arXiv:1608.03983, equation 5, without restarts; linear warm-up: Goyal et al.,
// arXiv:1706.02677, section 2.2. Step s from 0, N steps, W of them warm-up:
// lr*(s+1)/W while s < W, then final + (lr - final) * (1 + cos(pi*(s-W)/(N-W))) / 2.
import { z } from 'zod';
import { parseOptions } from '../parseOptions.js';
import type { Schedule, ScheduleEntry } from './Schedule.js';

const options = z.strictObject({
  learningRate: z.number().positive().default(1e-3).describe('the highest learning rate, reached after warm-up'),
  warmup: z.number().min(0).lt(1).default(0.05).describe('share of the steps that the learning rate rises for'),
  finalLearningRate: z.number().nonnegative().default(0).describe('the learning rate that the cosine ends at'),
});
export type WarmupCosineOptions = z.output<typeof options>;

/** Linear warm-up for round(warmup * total) steps, then half a cosine. */
export function createWarmupCosine({ learningRate, warmup, finalLearningRate }: WarmupCosineOptions): Schedule {
  return (step, total) => {
    const rising = Math.round(warmup * total);
    if (step < rising) return (learningRate * (step + 1)) / rising;
    // A study that goes on past its planned end stays at the final value.
    const part = Math.min(1, (step - rising) / Math.max(1, total - rising));
    return finalLearningRate + ((learningRate - finalLearningRate) * (1 + Math.cos(Math.PI * part))) / 2;
  };
}

export const warmupCosine: ScheduleEntry = {
  summary: 'linear warm-up, then cosine decay',
  paper: 'arXiv:1608.03983',
  options,
  create: (given) => createWarmupCosine(parseOptions('schedule warmup-cosine', options, given)),
};
