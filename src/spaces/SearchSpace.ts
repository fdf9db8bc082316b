import type { ModelContext } from '../models/ModelContext.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import type { Rng } from '../core/rng.js';

export type ChoiceValue = string | number | boolean | null;

/** One point of a search space: its active choices only (a conditional choice that is off is absent). Plain data. */
export interface Architecture {
  readonly choices: Readonly<Record<string, ChoiceValue>>;
}

/** One dimension of a space, in declaration order. */
export interface Choice {
  readonly name: string;
  readonly values: readonly ChoiceValue[];
  /** What it changes: the architecture, or only how it is trained (losses and their weights). */
  readonly affects: 'architecture' | 'recipe';
}

/** One weighted loss term of a recipe; `options` are checked by the loss of that name. */
export interface LossTerm {
  readonly loss: string;
  readonly weight: number;
  readonly options?: Readonly<Record<string, unknown>>;
  /** How its weight (as a factor) and its temperature change over the steps; checked where the training is put together. */
  readonly schedule?: Readonly<Record<string, unknown>>;
  readonly temperature?: Readonly<Record<string, unknown>>;
}

/** Mixup and CutMix as a space writes them; see data/mixing.ts. */
export interface SpaceMixing {
  readonly mixup: number;
  readonly cutmix: number;
  readonly probability: number;
}

/** What a space's choices say of a training beside its losses; what is absent is the study's own, null is off. */
export interface TrainingChoice {
  readonly optimiser?: { readonly name: string; readonly options?: Readonly<Record<string, unknown>> };
  readonly learningRate?: number;
  readonly labelSmoothing?: number;
  readonly clipNorm?: number | null;
  readonly ema?: { readonly decay: number } | null;
  readonly mixing?: SpaceMixing | null;
}

/** How a study trains students of a space where it says nothing of that itself. */
export interface StudyDefaults {
  readonly optimiser: { readonly name: string; readonly options?: Readonly<Record<string, unknown>> };
  /** Peak of the schedule, of that optimiser. */
  readonly learningRate: number;
  readonly batchSize?: number;
}

/** How an architecture of a space is trained, so far as the space decides it. */
export interface SpaceRecipe {
  readonly losses?: readonly LossTerm[];
  readonly training?: TrainingChoice;
}

export type { ModelContext };

export interface SearchSpace {
  readonly name: string;
  readonly description: string;
  /** What its models read. */
  readonly samples: 'images' | 'texts';
  /** SHA-256 of the parsed space but for what a study takes over when it begins: a study refuses to resume under another. */
  readonly digest: string;
  readonly choices: readonly Choice[];
  /** Number of different architectures (active choices), exact, as a bigint. */
  count(): bigint;
  /** Every architecture, one after the other: for small spaces only. */
  enumerate(): Iterable<Architecture>;
  /** Each active choice drawn uniformly from its values. */
  sample(rng: Rng): Architecture;
  /** The architecture with these values where their choices are active (others are ignored), the rest drawn. */
  complete(values: Readonly<Record<string, ChoiceValue>>, rng: Rng): Architecture;
  /** Changes each active choice with probability 1/n, at least one; new conditional choices are drawn, dead ones dropped. */
  mutate(parent: Architecture, rng: Rng): Architecture;
  /** Uniform crossover of active choices, repaired to be valid. */
  crossover(a: Architecture, b: Architecture, rng: Rng): Architecture;
  /** One-hot of every choice, zeros where inactive; a constant length. */
  encode(architecture: Architecture): Float64Array;
  /** Digest of the active choices. */
  id(architecture: Architecture): string;
  /** Throws SPACE if the choices are not of this space. */
  validate(architecture: Architecture): void;
  toModelSpec(architecture: Architecture, context: ModelContext): ModelSpec;
  /** Loss terms that the architecture's recipe choices set; undefined: the study's own. */
  losses(architecture: Architecture): readonly LossTerm[] | undefined;
  /** All that the architecture's choices say of its training; empty: the study's own. */
  recipe(architecture: Architecture): SpaceRecipe;
  /** Every way of mixing images that the choices can set, null among them if it is not mixing; empty: the study's own. */
  readonly mixings: readonly (SpaceMixing | null)[];
  /** Absent: a study's own. */
  readonly defaults?: StudyDefaults;
  /** The space's reference architecture. */
  readonly reference: Architecture;
  /** The reference with every width multiplied: the uniformly scaled baseline. */
  baseline(widthMultiplier: number, context: ModelContext): ModelSpec;
}
