// Any part of a term is a choice of the search space, and no term at all is one too.
import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { parseLossTerms } from '../../src/distillation/parseLossTerms.js';
import { requestedTaps } from '../../src/distillation/requestedTaps.js';
import { parseStudyConfig } from '../../src/search/StudyConfig.js';
import { possibleLosses, trainingOf } from '../../src/search/trainingOf.js';
import { parseSpace } from '../../src/spaces/parseSpace.js';

const space = (kd: string, others = '') =>
  parseSpace(
    `
name: recipes
choices: { hot: [4, 8], strong: [0, 0.5], course: [linear, cosine], tap: [block1, block2] }
stem: { block: conv, width: 8 }
stages: [{ block: conv, width: 8 }]
losses:
  full:
    - ${kd}
    - { loss: hint, weight: $strong, options: { student: stage1, teacher: $tap } }
    - { loss: ce, weight: 0.3 }
  none: []
${others}`,
    'recipes.yaml',
  );
const scheduled =
  '{ loss: kd, weight: [0.7, 0.9], schedule: { kind: $course, from: 1, to: 0.5 }, temperature: { kind: linear, from: $hot, to: 1 } }';
const config = parseStudyConfig({ epochs: 1 });

describe('a recipe that the space chooses', () => {
  const searched = space(scheduled);
  const sampled = Array.from({ length: 800 }, (_, i) => searched.recipe(searched.sample(createRng(`recipe/${i}`))));
  const trainings = sampled.map((chosen) => trainingOf(config, chosen).losses);

  it('has weights, options, schedules, temperatures and taps of the choices, and "none" among them', () => {
    const found = new Set(
      trainings.map((terms) => {
        const kd = terms.find(({ loss }) => loss === 'kd');
        const hint = terms.find(({ loss }) => loss === 'hint');
        if (kd === undefined) return 'none';
        const tap = hint === undefined ? '' : String(hint.options?.teacher);
        const from = kd.temperature && 'from' in kd.temperature ? kd.temperature.from : 0;
        return [kd.weight, kd.schedule?.kind, from, tap].join();
      }),
    );
    // 2 weights, 2 courses, 2 temperatures, no hint or one at 2 taps; and none.
    expect(found.size).toBe(2 * 2 * 2 * 3 + 1);
    expect(found).toContain('none');
    for (const terms of trainings) expect(parseLossTerms(terms).length).toBeGreaterThan(0);
  });

  it('without a teacher is cross entropy with the labels', () => {
    const none = trainings.find((terms) => terms.length === 1);
    expect(none).toEqual([{ loss: 'ce', weight: 1 }]);
  });

  it('has every tap that it may ask for cached', () =>
    expect(requestedTaps(possibleLosses(config, sampled))).toEqual(['block1', 'block2']));

  it.each([
    ['{ loss: kd, temperature: { kind: linear, from: 0, to: 1 } }', /the space's loss kd: temperature: .*from/],
    ['{ loss: kd, schedule: { kind: sometimes } }', /the space's loss kd: schedule: .*kind/],
    ['{ loss: kd, schedule: { kind: linear, from: 1, to: 0, begin: 0.9, end: 0.1 } }', /must be greater than begin/],
  ])('%s is refused in one line', (term, says) => {
    const wrong = space(scheduled, `  wrong: [${term}]\n`);
    const chosen = Array.from({ length: 40 }, (_, i) => wrong.recipe(wrong.sample(createRng(`wrong/${i}`))));
    expect(() => chosen.map((recipe) => trainingOf(config, recipe))).toThrow(says);
  });

  it('names a key that a term does not have', () =>
    expect(() => space('{ loss: kd, heat: 4 }')).toThrow(/recipes\.yaml:8:.*heat/));
});
