import { describe, expect, it, test } from 'vitest';
import { parseStudyConfig } from '../../src/search/StudyConfig.js';
import { trainingOf } from '../../src/search/trainingOf.js';
import type { StudyDefaults } from '../../src/spaces/SearchSpace.js';
import { listSpaces, loadSpace } from '../../src/spaces/loadSpace.js';
import { parseSpace } from '../../src/spaces/parseSpace.js';
import { settingsOf } from '../../src/cli/searchSettings.js';

const sgd = { name: 'sgd', options: { momentum: 0.9, nesterov: true, weightDecay: 0.0005 } };
const defaults: StudyDefaults = { optimiser: sgd, learningRate: 0.3, batchSize: 32 };
const losses = [{ loss: 'kd', weight: 1 }];

function trained(settings: Record<string, unknown>, of?: StudyDefaults) {
  const { optimiser, learningRate, batchSize } = trainingOf(parseStudyConfig(settings, 'here', undefined, of));
  return { optimiser: optimiser.name, options: optimiser.options, learningRate, batchSize };
}

describe("a space's defaults", () => {
  const its = { optimiser: 'sgd', options: sgd.options, learningRate: 0.3, batchSize: 32 };
  const own = { optimiser: 'adamw', options: { weightDecay: 0.05 }, learningRate: 0.01, batchSize: 64 };

  it('are what a study does that says nothing, with a recipe of losses alone too', () => {
    expect(trained({}, defaults)).toEqual(its);
    expect(trained({ recipe: { losses } }, defaults)).toEqual(its);
    expect(trained({ recipe: 'dist' }, defaults)).toEqual(its);
    expect(trained({}, { ...defaults, batchSize: undefined })).toEqual({ ...its, batchSize: 64 });
  });

  it('are not there without such a space', () => {
    expect(trained({})).toEqual(own);
    expect(trained({ recipe: 'dist' })).toEqual(own);
  });

  it('step back whole where a study names an optimiser, a rate or a decay; the batch is apart', () => {
    const adamw = { ...own, batchSize: 32 };
    expect(trained({ learningRate: 0.02 }, defaults)).toEqual({ ...adamw, learningRate: 0.02 });
    expect(trained({ weightDecay: 0.1 }, defaults)).toEqual({ ...adamw, options: { weightDecay: 0.1 } });
    expect(trained({ optimiser: { name: 'adam' } }, defaults)).toEqual({
      ...adamw,
      optimiser: 'adam',
      options: undefined,
    });
    expect(trained({ recipe: { losses, learningRate: 0.02 } }, defaults)).toEqual({ ...adamw, learningRate: 0.02 });
    expect(trained({ batchSize: 16 }, defaults)).toEqual({ ...its, batchSize: 16 });
  });

  it('are stored with a study: what it began with, it goes on with', () => {
    const stored = JSON.parse(JSON.stringify(parseStudyConfig({}, 'here', undefined, defaults))) as unknown;
    expect(parseStudyConfig(stored)).toEqual(stored);
    const before = { learningRate: 0.01, weightDecay: 0.05, clipNorm: 1, batchSize: 64 };
    const { optimiser, options, learningRate, batchSize } = trained(before, defaults);
    expect({ optimiser, options, learningRate, batchSize }).toEqual(own);
  });

  it('and a decay beside an optimiser are refused: its options have one', () => {
    expect(() => parseStudyConfig({ optimiser: sgd, weightDecay: 0.1 })).toThrow(
      /weightDecay: the optimiser's options/,
    );
    expect(() => parseStudyConfig({ recipe: 'dist', optimiser: sgd })).toThrow(/optimiser: the recipe decides/);
    expect(() => parseStudyConfig({ optimiser: { name: 'sdg' } })).toThrow(/sgd/);
  });

  it('are refused by name where no such optimiser or option exists', () => {
    const parse = (optimiser: StudyDefaults['optimiser']) => () =>
      parseStudyConfig({}, 'here', undefined, { ...defaults, optimiser });
    expect(parse({ name: 'sdg' })).toThrow(/^the space's defaults\.optimiser.*sgd/);
    expect(parse({ name: 'sgd', options: { momentun: 0.9 } })).toThrow(/^the space's defaults\.optimiser.*momentun/);
  });

  it('reach a search', () => {
    expect(settingsOf(undefined, {})).toMatchObject(defaults);
    expect(settingsOf(undefined, { space: 'tiny-vit' })).toMatchObject({ learningRate: 0.01, batchSize: 64 });
  });
});

describe('the section defaults of a space', () => {
  const text = (section: string) =>
    `name: x\nstem: { block: conv, width: 4 }\nstages: [{ block: conv, width: 8 }]\n${section}`;
  const good = 'defaults:\n  optimiser: { name: sgd, options: { momentum: 0.9 } }\n  learningRate: 0.3\n';

  it('is read, and is no part of the digest: a study has its own by then', () => {
    const space = parseSpace(text(good), 'x.yaml');
    expect(space.defaults).toEqual({ optimiser: { name: 'sgd', options: { momentum: 0.9 } }, learningRate: 0.3 });
    expect(space.digest).toBe(parseSpace(text(''), 'x.yaml').digest);
  });

  test.each([
    ['defaults:\n  learningRate: 0.3\n', /x\.yaml:5.*needs an optimiser and its learningRate/],
    ['defaults:\n  optimiser: { name: sgd }\n', /needs an optimiser and its learningRate/],
    [good.replace('0.3', '-1'), /x\.yaml:6:.*must be a number above 0/],
    [`${good}  batchSize: 1.5\n`, /x\.yaml:7:.*must be a whole number/],
    [`${good}  epochs: 3\n`, /unknown key "epochs"/],
    [good.replace('name: sgd, ', ''), /name is missing/],
  ])('refuses %j by file and line', (section, message) => {
    expect(() => parseSpace(text(section), 'x.yaml')).toThrow(message);
  });

  test.each(listSpaces())('of %s gives a training that can run', (name) => {
    const config = settingsOf(undefined, { space: name });
    expect(() => trainingOf(config)).not.toThrow();
    const own = loadSpace(name).defaults;
    if (own !== undefined) expect(config).toMatchObject(own);
  });
});
