import { z } from 'zod';
import type { ChoiceTable } from './ChoiceTable.js';
import type { Cursor } from './Cursor.js';
import type { Field, LossTermDefinition, OptionFields, SpaceDefinition } from './definition.js';

const weightSchema = z.number('must be a number of at least 0').min(0);

/** Reads the section `losses`: named recipes, each a list of weighted terms; which one is used is a choice. */
export function readLosses(section: Cursor, table: ChoiceTable): NonNullable<SpaceDefinition['losses']> {
  const entries = section.entries();
  const labels = entries.map(([label]) => label);
  if (labels.length === 0) throw section.error('losses needs at least one recipe');
  const recipe = table.alternatives('losses', labels, section, 'recipe');
  const recipes: Record<string, readonly LossTermDefinition[]> = {};
  for (const [label, at] of entries) {
    const conditions = table.condition(recipe, (v) => v === label) ?? [];
    recipes[label] = at.items().map((term): LossTermDefinition => {
      const parts = new Map(term.entries(['loss', 'weight', 'options', 'schedule', 'temperature']));
      const loss = parts.get('loss');
      if (loss === undefined) throw term.error('loss is missing: the name of a loss');
      const rule = { conditions, affects: 'recipe' } as const;
      const weightAt = parts.get('weight');
      const weight: Field =
        weightAt === undefined
          ? { kind: 'literal', value: 1 }
          : table.field(weightAt, { ...rule, name: weightAt.path, schemas: [weightSchema] });
      const fieldsOf = (at: Cursor | undefined): OptionFields => {
        const fields = (at?.entries() ?? []).map(([key, option]): [string, OptionFields[string]] => [
          key,
          option.isMap
            ? { kind: 'data', value: option.data() }
            : table.field(option, { ...rule, name: option.path, schemas: [] }),
        ]);
        return Object.fromEntries(fields);
      };
      const [schedule, temperature] = [parts.get('schedule'), parts.get('temperature')];
      return {
        loss: loss.text(),
        weight,
        options: fieldsOf(parts.get('options')),
        ...(schedule === undefined ? {} : { schedule: fieldsOf(schedule) }),
        ...(temperature === undefined ? {} : { temperature: fieldsOf(temperature) }),
      };
    });
  }
  return { recipe, recipes };
}
