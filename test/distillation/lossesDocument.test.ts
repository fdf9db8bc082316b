import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { lossesDocument } from '../../src/distillation/lossesDocument.js';
import { recipeSchema } from '../../src/distillation/recipes/Recipe.js';
import { termSchema } from '../../src/distillation/recipes/termSchema.js';

it('docs/losses.md is what the registries say: npm run build && node scripts/lossesDocument.mjs', () => {
  expect(readFileSync('docs/losses.md', 'utf8')).toBe(lossesDocument());
});

it('docs/recipes.md names every key of a recipe, of a term and of a stage', () => {
  const text = readFileSync('docs/recipes.md', 'utf8');
  const stage = recipeSchema.shape.stages.unwrap().element;
  for (const key of [
    ...Object.keys(recipeSchema.shape),
    ...Object.keys(termSchema.shape),
    ...Object.keys(stage.shape),
  ]) {
    expect(text, key).toContain(`\`${key}\``);
  }
});
