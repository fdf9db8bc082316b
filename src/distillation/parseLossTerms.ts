import { NasDistillError } from '../core/errors.js';
import type { DistillationLoss, LossEntry } from './losses/LossEntry.js';
import { losses } from './losses/registry.js';
import type { TemperatureRamp, WeightRamp } from './schedules/ramp.js';
import type { TrainingTerm } from './TrainingConfig.js';

/** A term that is ready to be computed. */
export interface WeightedLoss {
  /** Unique among the terms: the loss, with a number behind it from its second use on. */
  readonly name: string;
  readonly weight: number;
  readonly loss: DistillationLoss;
  /** Factor on the weight. */
  readonly schedule?: WeightRamp;
  readonly temperature?: TemperatureRamp;
}

/**
 * Checks a recipe's terms and creates their losses; terms that weigh nothing, and `none`, are left out.
 * @throws NasDistillError CONFIG naming the loss, option or weight that is wrong
 */
export function parseLossTerms(terms: readonly TrainingTerm[]): WeightedLoss[] {
  const registry: Record<string, LossEntry> = losses;
  const used = new Map<string, number>();
  const out: WeightedLoss[] = [];
  for (const { loss: name, weight, options, schedule, temperature } of terms) {
    if (name === 'none') continue;
    const entry = Object.hasOwn(registry, name) ? registry[name] : undefined;
    if (entry === undefined) {
      throw new NasDistillError('CONFIG', `unknown loss "${name}"`, {
        hint: `Known: ${Object.keys(losses).join(', ')}, none.`,
      });
    }
    if (!Number.isFinite(weight) || weight < 0) {
      throw new NasDistillError('CONFIG', `loss ${name}: its weight is ${weight}, a number of 0 or more is needed`);
    }
    if (temperature !== undefined && entry.softened !== true) {
      throw new NasDistillError('CONFIG', `loss ${name} has no temperature that could be scheduled`);
    }
    const loss = entry.create(options);
    if (weight === 0) continue;
    const count = (used.get(name) ?? 0) + 1;
    used.set(name, count);
    out.push({
      name: count === 1 ? name : `${name}${count}`,
      weight,
      loss,
      ...(schedule === undefined ? {} : { schedule }),
      ...(temperature === undefined ? {} : { temperature }),
    });
  }
  if (out.length === 0) throw new NasDistillError('CONFIG', 'the recipe has no loss with a weight above 0');
  return out;
}
