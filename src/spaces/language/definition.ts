import type { Choice, ChoiceValue, StudyDefaults } from '../SearchSpace.js';

/** A field of the space: fixed, or set by a choice (`otherwise` where that choice is inactive). */
export type Field =
  | { readonly kind: 'literal'; readonly value: ChoiceValue }
  | { readonly kind: 'choice'; readonly name: string; readonly otherwise?: ChoiceValue };

/** Holds when the choice is active with one of the values, or is inactive and `orInactive` is set. */
export interface Condition {
  readonly choice: string;
  readonly values: readonly ChoiceValue[];
  readonly orInactive: boolean;
}

/**
 * A choice is active when all of `when` holds and at least one of its `uses` does: a field whose block is not chosen
 * does not use its choice. A use without conditions is always active.
 */
export interface ChoiceDefinition extends Choice {
  readonly when: readonly Condition[];
  readonly uses: readonly (readonly Condition[])[];
}

/** The stem, or one stage: `repeats` blocks with the same fields; only the first one strides. */
export interface StageDefinition {
  readonly name: string;
  readonly repeats: Field;
  readonly block: Field;
  readonly fields: Readonly<Record<string, Field>>;
}

export interface LossTermDefinition {
  readonly loss: string;
  readonly weight: Field;
  readonly options: OptionFields;
  /** Of its weight and its temperature over the steps. */
  readonly schedule?: OptionFields;
  readonly temperature?: OptionFields;
}

export type OptionFields = Readonly<Record<string, Field | { readonly kind: 'data'; readonly value: unknown }>>;

/** A named optimiser; without a learning rate it takes the training's. */
export interface OptimiserDefinition {
  readonly name: string;
  readonly learningRate?: Field;
  readonly options: OptionFields;
}

/** A parsed space: plain data, what its digest is taken of. */
export interface SpaceDefinition {
  readonly name: string;
  readonly description: string;
  readonly choices: readonly ChoiceDefinition[];
  readonly resolution: Field;
  readonly stem: StageDefinition;
  readonly stages: readonly StageDefinition[];
  readonly head: Readonly<Record<string, Field>>;
  readonly losses?: {
    readonly recipe: Field;
    readonly recipes: Readonly<Record<string, readonly LossTermDefinition[]>>;
  };
  /** What of the training is set by the space instead of the study, beside the losses. */
  readonly training?: {
    /** Label of one of the optimisers. */
    readonly optimiser?: Field;
    readonly optimisers?: Readonly<Record<string, OptimiserDefinition>>;
    readonly learningRate?: Field;
    readonly labelSmoothing?: Field;
    readonly clipNorm?: Field;
    /** Decay of the weights' average; 0: none. */
    readonly ema?: Field;
    /** Alphas, both 0: images are not mixed. */
    readonly mixing?: { readonly mixup: Field; readonly cutmix: Field; readonly probability: number };
  };
  /** How a study trains where it says nothing itself; no part of the space's digest. */
  readonly defaults?: StudyDefaults;
  /** Values of the reference architecture's choices. */
  readonly baseline: Readonly<Record<string, ChoiceValue>>;
}
