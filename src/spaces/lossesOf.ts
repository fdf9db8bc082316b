import type { ChoiceValue, LossTerm } from './SearchSpace.js';
import { resolve } from './buildModel.js';
import type { SpaceDefinition } from './language/definition.js';

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
    const options = Object.entries(term.options).flatMap(([key, option]): [string, unknown][] => {
      const value = option.kind === 'data' ? option.value : resolve(option, choices);
      return value === undefined ? [] : [[key, value]];
    });
    const weight = Number(resolve(term.weight, choices) ?? 1);
    return { loss: term.loss, weight, ...(options.length === 0 ? {} : { options: Object.fromEntries(options) }) };
  });
  const used = terms.filter((t) => t.weight > 0);
  return used.length === 0 ? [{ loss: 'ce', weight: 1 }] : used;
}
