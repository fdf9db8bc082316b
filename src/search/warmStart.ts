import { z } from 'zod';
import { NasDistillError } from '../core/errors.js';
import { violations } from '../costs/budgets.js';
import type { Budget, CostName, Costs } from '../costs/CostModel.js';
import type { FinishedTrial } from '../samplers/Sampler.js';
import type { Architecture, SearchSpace } from '../spaces/SearchSpace.js';
import { accuracyOf } from '../store/accuracies.js';
import type { Trial } from '../store/types.js';
import { frontOf } from './frontOf.js';
import { scaledCost } from './scaledCost.js';

/** What a study remembers of the one that it learnt from, so that a resume is told the same. */
export const warmFacts = z.object({
  study: z.string(),
  trials: z.array(
    z.object({
      choices: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
      accuracy: z.number(),
    }),
  ),
});
export type WarmFacts = z.infer<typeof warmFacts>;

export interface WarmGround {
  readonly space: SearchSpace;
  readonly budgets: readonly Budget[];
  readonly costs: readonly CostName[];
  readonly builder: { costs(architecture: Architecture): Costs };
}

export interface WarmStart {
  readonly facts: WarmFacts;
  /** The other study's front, as far as it fits here: to be trained in this study first. */
  readonly first: readonly Architecture[];
  /** Trials of the other study that are of no use: of another space, or without an accuracy. */
  readonly unused: number;
}

/**
 * Takes over what another study found: its front is to be trained here, as no accuracy of another study is one of this
 * one's; all else that it finished is told to the sampler, which then does not propose it again.
 * @throws NasDistillError CONFIG if nothing of it is an architecture of this space
 */
export function warmStart(study: string, trials: readonly Trial[], ground: WarmGround): WarmStart {
  const { space, budgets, costs: objectives, builder } = ground;
  const students = trials.filter(({ origin }) => origin !== 'baseline');
  const usable = students.filter((trial) => isOf(space, trial) && Number.isFinite(accuracyOf(trial)));
  if (usable.length === 0) {
    throw new NasDistillError('CONFIG', `study ${study} has no finished trial of the space ${space.name}`, {
      hint: 'Start from a study of the same search space.',
    });
  }
  const fits = ({ architecture }: Trial) => violations(builder.costs(architecture), budgets).every((v) => v <= 0);
  const here = usable.filter(fits).map((trial) => ({ ...trial, costs: builder.costs(trial.architecture) }));
  const first = frontOf(here, objectives).map(({ architecture }) => architecture);
  const ids = new Set(first.map((architecture) => space.id(architecture)));
  const told = usable.filter(({ architecture }) => !ids.has(space.id(architecture)));
  return {
    facts: {
      study,
      trials: told.map((trial) => ({ choices: trial.architecture.choices, accuracy: accuracyOf(trial) })),
    },
    first,
    unused: students.length - usable.length,
  };
}

/** The trials as a sampler is told them, with the costs that they have in this study. */
export function warmTrials(
  { trials }: WarmFacts,
  { space, budgets, costs: objectives, builder }: WarmGround,
): FinishedTrial[] {
  return trials.map(({ choices, accuracy }) => {
    const architecture = { choices };
    const costs = builder.costs(architecture);
    return {
      architecture,
      id: space.id(architecture),
      state: 'COMPLETE',
      objectives: [1 - accuracy, ...objectives.map((name) => scaledCost(costs, name))],
      violations: [...violations(costs, budgets)],
    };
  });
}

function isOf(space: SearchSpace, { architecture, state }: Trial): boolean {
  if (state !== 'COMPLETE') return false;
  try {
    space.validate(architecture);
    return true;
  } catch (error) {
    if (error instanceof NasDistillError && error.code === 'SPACE') return false;
    throw error;
  }
}
