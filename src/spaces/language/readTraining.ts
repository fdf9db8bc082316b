import { z } from 'zod';
import type { ChoiceTable } from './ChoiceTable.js';
import type { Cursor } from './Cursor.js';
import type { Field, OptimiserDefinition, OptionFields, SpaceDefinition } from './definition.js';

const rate = z.number('must be a number above 0').positive('must be a number above 0');
const smoothing = z.number('must be from 0 to 0.5').min(0, 'must be from 0 to 0.5').max(0.5, 'must be from 0 to 0.5');
const limit = z.number('must be a number above 0, or null').positive('must be a number above 0, or null').nullable();
const decay = z
  .number('must be 0 (off), or below 1')
  .refine((value) => value >= 0 && value < 1, 'must be 0 (off), or below 1');
// As in data/mixing.ts, which says why.
const alpha = z
  .number('must be 0 (off), or from 0.05 to 1')
  .refine((value) => value === 0 || (value >= 0.05 && value <= 1), 'must be 0 (off), or from 0.05 to 1');
const probability = z.number('must be a number above 0, up to 1').gt(0).max(1);

const keys = ['optimisers', 'learningRate', 'labelSmoothing', 'clipNorm', 'ema', 'mixing'] as const;

/**
 * Reads the section `training`: what of a training is a choice beside its losses. Optimisers are named like the recipes of
 * `losses`: each has a learning rate and options of its own, and which one is used is a choice.
 */
export function readTraining(
  section: Cursor,
  table: ChoiceTable,
  ofTexts: boolean,
): NonNullable<SpaceDefinition['training']> {
  const parts = new Map(section.entries(keys));
  if (parts.size === 0) throw section.error(`training needs at least one of ${keys.join(', ')}`);
  const field = (at: Cursor, schemas: readonly z.ZodType[], conditions: OptimiserRule['conditions'] = []): Field =>
    table.field(at, { name: at.path, schemas, conditions, affects: 'recipe' });
  const optional = (key: (typeof keys)[number], schema: z.ZodType) => {
    const at = parts.get(key);
    return at === undefined ? {} : { [key]: field(at, [schema]) };
  };
  const optimisersAt = parts.get('optimisers');
  const mixingAt = parts.get('mixing');
  if (mixingAt !== undefined && ofTexts) throw mixingAt.error('Mixup and CutMix mix images; texts cannot be mixed');
  return {
    ...(optimisersAt === undefined ? {} : readOptimisers(optimisersAt, table, field)),
    ...optional('learningRate', rate),
    ...optional('labelSmoothing', smoothing),
    ...optional('clipNorm', limit),
    ...optional('ema', decay),
    ...(mixingAt === undefined ? {} : { mixing: readMixing(mixingAt, field) }),
  };
}

type OptimiserRule = Parameters<ChoiceTable['field']>[1];
type ReadField = (at: Cursor, schemas: readonly z.ZodType[], conditions?: OptimiserRule['conditions']) => Field;

function readOptimisers(
  section: Cursor,
  table: ChoiceTable,
  field: ReadField,
): Pick<NonNullable<SpaceDefinition['training']>, 'optimiser' | 'optimisers'> {
  const entries = section.entries();
  if (entries.length === 0) throw section.error('optimisers needs at least one');
  const labels = entries.map(([label]) => label);
  const optimiser = table.alternatives('optimiser', labels, section, 'recipe');
  const optimisers: Record<string, OptimiserDefinition> = {};
  for (const [label, at] of entries) {
    const conditions = table.condition(optimiser, (v) => v === label) ?? [];
    const parts = new Map(at.entries(['name', 'learningRate', 'options']));
    const rateAt = parts.get('learningRate');
    const options = parts.get('options')?.entries() ?? [];
    optimisers[label] = {
      name: parts.get('name')?.text() ?? label,
      ...(rateAt === undefined ? {} : { learningRate: field(rateAt, [rate], conditions) }),
      options: Object.fromEntries(
        options.map(([key, option]): [string, OptionFields[string]] => [key, field(option, [], conditions)]),
      ),
    };
  }
  return { optimiser, optimisers };
}

function readMixing(at: Cursor, field: ReadField): NonNullable<NonNullable<SpaceDefinition['training']>['mixing']> {
  const parts = new Map(at.entries(['mixup', 'cutmix', 'probability']));
  const off: Field = { kind: 'literal', value: 0 };
  const [mixupAt, cutmixAt, probabilityAt] = ['mixup', 'cutmix', 'probability'].map((key) => parts.get(key));
  if (mixupAt === undefined && cutmixAt === undefined) throw at.error('give mixup, cutmix or both');
  // No choice of its own: where nothing is mixed, it would be one that nobody uses.
  const share = probabilityAt?.scalar() ?? 1;
  const checked = probability.safeParse(share);
  if (!checked.success) throw (probabilityAt ?? at).error('must be a number above 0, up to 1');
  return {
    mixup: mixupAt === undefined ? off : field(mixupAt, [alpha]),
    cutmix: cutmixAt === undefined ? off : field(cutmixAt, [alpha]),
    probability: checked.data,
  };
}
