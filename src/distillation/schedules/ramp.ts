// How a term's weight or temperature changes over training. Everything is a fraction of the steps, so that a brief and a
// full distillation go through the same ramp. Cosine: half a period, as in Loshchilov and Hutter, arXiv:1608.03983,
// equation 5. With p the fraction of the steps that is done and q = (p - begin) / (end - begin), cut to [0, 1]:
// linear: from + (to - from) * q; cosine: from + (to - from) * (1 - cos(pi q)) / 2; warm-up: linear from 0 to 1.
import { z } from 'zod';

const share = z.number().min(0).max(1);
const span = {
  begin: share.default(0).describe('fraction of the steps after which it begins to change'),
  end: share.default(1).describe('fraction of the steps after which it stays'),
};

function branches(value: z.ZodNumber) {
  const course = { from: value.describe('value at the beginning'), to: value.describe('value at the end'), ...span };
  return [
    z.strictObject({ kind: z.literal('constant'), value: value.describe('value at every step') }),
    z.strictObject({ kind: z.literal('linear'), ...course }),
    z.strictObject({ kind: z.literal('cosine'), ...course }),
  ] as const;
}

const warmUp = z.strictObject({
  kind: z.literal('warm-up'),
  length: share.min(1e-6).default(0.1).describe('fraction of the steps that it rises over'),
});

const forward = { message: 'must be greater than begin', path: ['end'] };
const goesForward = (ramp: object) => !('begin' in ramp && 'end' in ramp) || Number(ramp.begin) < Number(ramp.end);

/** A factor on a term's weight. `warm-up` is short for linear from 0 to 1 over its first `length`. */
export const weightRampSchema = z
  .discriminatedUnion('kind', [...branches(z.number().nonnegative()), warmUp])
  .refine(goesForward, forward);
export type WeightRamp = z.infer<typeof weightRampSchema>;

/** A temperature: never 0. */
export const temperatureRampSchema = z
  .discriminatedUnion('kind', branches(z.number().positive()))
  .refine(goesForward, forward);
export type TemperatureRamp = z.infer<typeof temperatureRampSchema>;

export type Ramp = WeightRamp | TemperatureRamp;

/** The ramp's value at step `step` (from 0) out of `total`; the last step has the last value. */
export function rampValue(ramp: Ramp, step: number, total: number): number {
  const progress = total <= 1 ? 1 : Math.min(1, step / (total - 1));
  if (ramp.kind === 'constant') return ramp.value;
  if (ramp.kind === 'warm-up') return Math.min(1, progress / ramp.length);
  const { from, to, begin, end } = ramp;
  const part = Math.min(1, Math.max(0, (progress - begin) / (end - begin)));
  return from + (to - from) * (ramp.kind === 'linear' ? part : (1 - Math.cos(Math.PI * part)) / 2);
}
