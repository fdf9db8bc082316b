import type { ChoiceValue, SpaceMixing, TrainingChoice } from './SearchSpace.js';
import { resolve } from './buildModel.js';
import type { Field, SpaceDefinition } from './language/definition.js';

type Values = Readonly<Record<string, ChoiceValue>>;

/** What the choices say of the training beside its losses; undefined if the space leaves it to the study. */
export function trainingChoiceOf({ training }: SpaceDefinition, values: Values): TrainingChoice | undefined {
  if (training === undefined) return undefined;
  const { learningRate, labelSmoothing, clipNorm, ema, mixing } = training;
  const optimiser = training.optimisers?.[String(training.optimiser && resolve(training.optimiser, values))];
  // An optimiser's own rate comes first: rates of different optimisers are not of one size.
  const rate = numberOf(optimiser?.learningRate ?? learningRate, values);
  const smoothing = numberOf(labelSmoothing, values);
  const decay = numberOf(ema, values);
  return {
    ...(optimiser === undefined
      ? {}
      : { optimiser: { name: optimiser.name, ...optionsOf(optimiser.options, values) } }),
    ...(rate === undefined ? {} : { learningRate: rate }),
    ...(smoothing === undefined ? {} : { labelSmoothing: smoothing }),
    ...(clipNorm === undefined ? {} : { clipNorm: numberOf(clipNorm, values) ?? null }),
    ...(decay === undefined ? {} : { ema: decay === 0 ? null : { decay } }),
    ...(mixing === undefined
      ? {}
      : {
          mixing: mixedBy(
            numberOf(mixing.mixup, values) ?? 0,
            numberOf(mixing.cutmix, values) ?? 0,
            mixing.probability,
          ),
        }),
  };
}

/** Every way of mixing that a space's choices can set. */
export function mixingsOf({ training, choices }: SpaceDefinition): readonly (SpaceMixing | null)[] {
  const mixing = training?.mixing;
  if (mixing === undefined) return [];
  const domain = (field: Field): number[] => {
    if (field.kind === 'literal') return [Number(field.value)];
    const values = choices.find(({ name }) => name === field.name)?.values ?? [];
    const all = [...values, ...(field.otherwise === undefined ? [] : [field.otherwise])];
    return [...new Set(all.map(Number))];
  };
  const all = domain(mixing.mixup).flatMap((mixup) =>
    domain(mixing.cutmix).map((cutmix) => mixedBy(mixup, cutmix, mixing.probability)),
  );
  // Off is off, in whichever way it was written.
  return all.filter((one, i) => one !== null || all.indexOf(null) === i);
}

function mixedBy(mixup: number, cutmix: number, probability: number): SpaceMixing | null {
  return mixup === 0 && cutmix === 0 ? null : { mixup, cutmix, probability };
}

function numberOf(field: Field | undefined, values: Values): number | undefined {
  const value = field && resolve(field, values);
  return typeof value === 'number' ? value : undefined;
}

function optionsOf(
  fields: Readonly<Record<string, Field | { readonly kind: 'data'; readonly value: unknown }>>,
  values: Values,
): { options?: Record<string, unknown> } {
  const entries = Object.entries(fields).flatMap(([key, field]): [string, unknown][] => {
    const value = field.kind === 'data' ? field.value : resolve(field, values);
    return value === undefined ? [] : [[key, value]];
  });
  return entries.length === 0 ? {} : { options: Object.fromEntries(entries) };
}
