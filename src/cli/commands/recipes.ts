import { listRecipes, loadRecipe } from '../../distillation/recipes/loadRecipe.js';
import type { Recipe } from '../../distillation/recipes/Recipe.js';
import { table } from '../table.js';
import type { RegisterCommand } from './Command.js';

/** `nas-distill recipes [recipe]`: the shipped recipes, or all that one says, defaults filled in. */
export const registerRecipes: RegisterCommand = (program, io) => {
  program
    .command('recipes')
    .description('The shipped recipes for --recipe; with a name or a YAML file: check it and show all that it says')
    .argument('[recipe]', 'a shipped name or a YAML file')
    .action((name: string | undefined, _options: unknown, command) => {
      if (name !== undefined) {
        const recipe = loadRecipe(name);
        io(command).result({ recipe }, () => JSON.stringify(recipe, null, 2));
        return;
      }
      const recipes = listRecipes().map((shipped) => ({ ...loadRecipe(shipped), name: shipped }));
      io(command).result({ recipes }, () =>
        table(
          [{ title: 'recipe' }, { title: 'losses (weight)' }, { title: 'what it is' }],
          recipes.map((recipe) => [recipe.name, termsOf(recipe), recipe.description ?? '']),
        ),
      );
    });
};

function termsOf({ losses, stages }: Recipe): string {
  const written = (terms: NonNullable<Recipe['losses']>) => terms.map((t) => `${t.loss} (${t.weight})`).join(' + ');
  if (losses !== undefined) return written(losses);
  return (stages ?? []).map((stage) => `${Math.round(100 * stage.length)} %: ${written(stage.losses)}`).join('; ');
}
