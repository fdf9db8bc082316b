import type { Rng } from '../core/rng.js';
import type { Architecture, SearchSpace, SpaceRecipe } from '../spaces/SearchSpace.js';
import type { Budget, Costs, CostName } from '../costs/CostModel.js';
import type { Relatives } from '../inheritance/Relatives.js';
import type { Executor } from '../executors/Executor.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import type { Pruner } from '../pruners/Pruner.js';
import type { FinishedTrial, Sampler } from '../samplers/Sampler.js';
import type { Rung, Trial, TrialStore } from '../store/types.js';
import type { TrainingConfig } from '../distillation/TrainingConfig.js';
import type { Checkpoints } from './Checkpoints.js';
import type { StudyConfig } from './StudyConfig.js';

/** An architecture built for the study's data, with what it costs. */
export interface Candidate {
  readonly spec: ModelSpec;
  readonly costs: Costs;
}

/** What happens during a search, as it happens. */
export interface SearchEvents {
  /** It could train at once; perhaps it waits for a worker. */
  prepared?(trial: Trial): void;
  started?(trial: Trial, worker: number): void;
  rung?(trial: Trial, rung: Rung): void;
  finished?(trial: Trial): void;
  /** It frees its worker, and may go on later. */
  paused?(trial: Trial): void;
  /**
   * Its process died, or its checkpoint is gone; it runs again from its last checkpoint, or from its start.
   * @param epochs those of its training that are lost; none if it was only being prepared
   */
  lost?(trial: Trial, reason: string, epochs: number): void;
}

/** Looks at every proposal before it is trained, such as by a zero-cost proxy. */
export interface SearchGuide {
  /** What is to be trained instead: the proposal itself, or another new architecture that fits. */
  refine(proposal: Architecture, rng: Rng): Promise<Architecture>;
  /** Hears of trials that ended when the sampler does, also of those before a resume. */
  tell(trial: Trial): void;
}

/** Everything that a search is made of; the controller only brings it together. */
export interface SearchParts {
  readonly study: string;
  readonly config: StudyConfig;
  readonly space: SearchSpace;
  readonly store: TrialStore;
  readonly executor: Executor;
  /** Made by the caller over `rng`; `seen` of its own must be `isSeen`. */
  readonly sampler: Sampler;
  readonly pruner: Pruner;
  /** The sampler's generator, reseeded before each proposal. */
  readonly reseed: (seed: string) => void;
  /** Ids that were proposed before; shared with the sampler. */
  readonly seen: Set<string>;
  readonly build: (architecture: Architecture) => Candidate;
  readonly baseline: (width: number) => Candidate;
  readonly budgets: readonly Budget[];
  /** The costs that are minimised beside the accuracy. */
  readonly costs: readonly CostName[];
  readonly guide?: SearchGuide;
  /** Trials of another study that the sampler hears of before any of this one's. */
  readonly warm?: readonly FinishedTrial[];
  /** Finished trials that candidates inherit their first weights from. */
  readonly relatives?: Relatives;
  /** Where trials that pause keep what they have learnt; a pruner that pauses needs it. */
  readonly checkpoints?: Checkpoints;
  readonly training: (chosen: SpaceRecipe | undefined) => TrainingConfig;
  readonly events?: SearchEvents;
  /** Rows of the validation split whose answers every trial keeps. */
  readonly watch?: readonly number[];
  readonly signal?: AbortSignal;
}

export interface SearchSummary {
  readonly trials: readonly Trial[];
  /** Why it ended. */
  readonly ended: 'trials' | 'time' | 'exhausted' | 'interrupted';
}
