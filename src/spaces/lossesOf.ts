import type { ChoiceValue, LossTerm } from './SearchSpace.js';
import { resolve } from './buildModel.js';
import type { OptionFields, SpaceDefinition } from './language/definition.js';

/**
 * The loss terms that the choices set; undefined if the space leaves them to the study. An empty recipe is training
 * without a teacher: cross entropy with the labels alone. Terms of weight 0 are left out.
 */
export function lossesOf(
  space: SpaceDefinition,
  choices: Readonly<Record<string, ChoiceValue>>,
): readonly LossTerm[] | undefined {
  if (space.losses === undefined) return undefined;
  const recipe = space.losses.recipes[String(resolve(space.losses.recipe, choices))];
  const terms = recipe.map((term): LossTerm => {
    const valuesOf = (fields: OptionFields): Record<string, unknown> => {
      const values = Object.entries(fields).flatMap(([key, field]): [string, unknown][] => {
        const value = field.kind === 'data' ? field.value : resolve(field, choices);
        return value === undefined ? [] : [[key, value]];
      });
      return Object.fromEntries(values);
    };
    const options = valuesOf(term.options);
    return {
      loss: term.loss,
      weight: Number(resolve(term.weight, choices) ?? 1),
      ...(Object.keys(options).length === 0 ? {} : { options }),
      ...(term.schedule === undefined ? {} : { schedule: valuesOf(term.schedule) }),
      ...(term.temperature === undefined ? {} : { temperature: valuesOf(term.temperature) }),
    };
  });
  const used = terms.filter((t) => t.weight > 0);
  return used.length === 0 ? [{ loss: 'ce', weight: 1 }] : used;
}
