import { canonicalJson } from '../core/digest.js';
import { NasDistillError } from '../core/errors.js';
import type { Phase, TrainingConfig } from './TrainingConfig.js';

/** A phase with its share of the steps: from `begin` up to, not including, `end`. */
export interface PlannedPhase extends Phase {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

/**
 * The phases of a training of so many steps, in order; one without stages. Lengths are rounded to whole steps, and no
 * stage gets less than one.
 * @throws NasDistillError CONFIG if there are fewer steps than stages
 */
export function planPhases(config: TrainingConfig, steps: number): PlannedPhase[] {
  const { stages } = config;
  if (stages === undefined) return [{ ...phaseOf(config), name: 'training', begin: 0, end: steps }];
  if (steps < stages.length) {
    throw new NasDistillError('CONFIG', `${stages.length} stages need as many steps, and there are only ${steps}`, {
      hint: 'Train for more epochs or in smaller batches.',
    });
  }
  const whole = stages.reduce((sum, { length }) => sum + length, 0);
  let reached = 0;
  let begin = 0;
  return stages.map((stage, i) => {
    reached += stage.length;
    const left = stages.length - 1 - i;
    const end = Math.min(steps - left, Math.max(begin + 1, Math.round((steps * reached) / whole)));
    const planned = { ...phaseOf(stage), name: stage.name ?? `stage ${i + 1}`, begin, end };
    begin = end;
    return planned;
  });
}

function phaseOf({ losses, weighting, optimiser, learningRate, schedule, freeze }: Phase): Phase {
  return {
    losses,
    optimiser,
    learningRate,
    schedule,
    ...(weighting === undefined ? {} : { weighting }),
    ...(freeze === undefined ? {} : { freeze }),
  };
}

/** Prefixes of what terms own (`adapter/2/`) in one phase, to those of the same terms in the next. */
export function carriedTerms(before: Phase, after: Phase): Map<string, string> {
  const used = ({ losses }: Phase) =>
    losses
      .filter(({ loss, weight }) => loss !== 'none' && weight > 0)
      .map(({ loss, options }) => canonicalJson([loss, options ?? {}]));
  const left = used(before);
  const carried = new Map<string, string>();
  for (const [to, key] of used(after).entries()) {
    const from = left.indexOf(key);
    if (from < 0) continue;
    left[from] = '';
    for (const kind of ['adapter', 'memory']) carried.set(`${kind}/${from}/`, `${kind}/${to}/`);
  }
  return carried;
}
