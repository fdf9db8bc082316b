import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closest } from '../../core/closest.js';
import { NasDistillError } from '../../core/errors.js';
import { readYamlFile, type YamlFile } from '../../core/yamlFile.js';
import { firstIssue } from './describeIssue.js';
import { recipeSchema, type Recipe } from './Recipe.js';

/** The folder of the shipped recipes: as far up from src/distillation/recipes as from dist/distillation/recipes. */
const shippedDir = fileURLToPath(new URL('../../../recipes', import.meta.url));

/** Names of the shipped recipes. */
export function listRecipes(): string[] {
  return readdirSync(shippedDir)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort();
}

/**
 * Loads a recipe by path (it holds a separator or ends in .yaml/.yml) or by the name of a shipped one.
 * @throws NasDistillError NOT_FOUND, or CONFIG naming file, line and key
 */
export function loadRecipe(pathOrName: string): Recipe {
  const isPath = /[\\/]/.test(pathOrName) || /\.ya?ml$/i.test(pathOrName);
  const file = isPath ? pathOrName : join(shippedDir, `${pathOrName}.yaml`);
  if (!existsSync(file)) {
    const known = listRecipes();
    const near = closest(pathOrName, known);
    throw new NasDistillError('NOT_FOUND', `no recipe at ${pathOrName}`, {
      hint: `${near === undefined || isPath ? '' : `Did you mean ${near}? `}Give the path of a YAML file, or one of: ${known.join(', ')}.`,
    });
  }
  const { data, lineOf } = readYamlFile(file, 'recipe');
  const recipe = parseRecipe(data, file, lineOf);
  return { name: basename(file).replace(/\.ya?ml$/i, ''), ...recipe };
}

/**
 * Fills in defaults and checks all of a recipe, its losses' options included.
 * @throws NasDistillError CONFIG naming the key, and the line if it comes from a file
 */
export function parseRecipe(settings: unknown, where: string, lineOf?: YamlFile['lineOf']): Recipe {
  const parsed = recipeSchema.safeParse(settings);
  if (parsed.success) return parsed.data;
  const { path, unknown, message } = firstIssue(parsed.error);
  const line = lineOf?.(path);
  const near = unknown === undefined || path.length > 1 ? undefined : closest(unknown, Object.keys(recipeSchema.shape));
  throw new NasDistillError(
    'CONFIG',
    `${where}${line === undefined ? '' : `:${line}`}: ${path.join('.') || 'recipe'}: ${message}`,
    { hint: `${near === undefined ? '' : `Did you mean ${near}? `}All keys and their values: docs/recipes.md.` },
  );
}
