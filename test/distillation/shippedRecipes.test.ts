import { expect, it } from 'vitest';
import { checkTraining } from '../../src/distillation/checkTraining.js';
import { describeTaps } from '../../src/distillation/describeTaps.js';
import { listRecipes } from '../../src/distillation/recipes/loadRecipe.js';
import { tapShapes } from '../../src/models/inferShapes.js';
import { referenceTeachers } from '../../src/models/teachers/registry.js';
import { parseStudyConfig } from '../../src/search/StudyConfig.js';
import { trainingOf } from '../../src/search/trainingOf.js';
import { loadSpace } from '../../src/spaces/loadSpace.js';

const context = { input: [28, 28, 1] as const, classes: 10 };
const spec = (space: string) => {
  const loaded = loadSpace(space);
  return loaded.toModelSpec(loaded.reference, context);
};
const taught = (family: 'vit' | 'resnet') => {
  const shapes = { ...tapShapes(referenceTeachers[family].build('tiny', context)), odd: [2, 3, 4, 5] };
  return { classes: 10, taps: Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { shape }])) };
};

it.each(listRecipes())('%s fits CNN students and a transformer teacher', (recipe) => {
  const config = trainingOf(parseStudyConfig({ recipe, epochs: 1 }));
  for (const space of ['mobile-cnn', 'resnet-convnext']) {
    for (const family of ['vit', 'resnet'] as const) {
      checkTraining({ spec: spec(space), config, classes: 10, images: 1000, teacher: taught(family) });
    }
  }
});

it.each([
  [{ loss: 'attention-maps' }, 'the student has no tap "attention1"'],
  [{ loss: 'review', options: { student: ['stage1'], teacher: ['odd'] } }, 'student tap stage1 [14, 14, 16] cannot be compared with teacher tap odd [2, 3, 4, 5]'],
  [{ loss: 'review', options: { student: ['stage1'] } }, "must name as many taps as the student's list"],
  [{ loss: 'crd', options: { teacher: 'odd' } }, "the teacher's tap odd [2, 3, 4, 5] is no grid"],
  [{ loss: 'ofa', options: { exits: ['stage9'] } }, 'the student has no tap "stage9"'],
] as const)('refuses %j before anything is trained', (term, says) => {
  const options = 'options' in term ? { options: term.options } : {};
  const config = { ...trainingOf(parseStudyConfig({})), losses: [{ loss: term.loss, weight: 1, ...options }] };
  const check = () => checkTraining({ spec: spec('mobile-cnn'), config, classes: 10, images: 1000, teacher: taught('vit') });
  expect(check).toThrow(says);
}); // prettier-ignore

it('says which shapes are compared, and how tokens and vectors are read', () => {
  const { losses } = trainingOf(parseStudyConfig({ recipe: 'staged' }));
  expect(describeTaps(spec('mobile-cnn'), losses, taught('vit'))).toEqual([
    expect.stringMatching(/^hint: stage2 \[7, 7, 40\] with block1 \[16, 64\] as 4x4x64$/),
    expect.stringMatching(/^hint: embedding \[\d+\] as 1x1x\d+ with embedding \[64\] as 1x1x64$/),
  ]);
});
