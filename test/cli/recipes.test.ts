import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { listRecipes, loadRecipe } from '../../src/distillation/recipes/loadRecipe.js';
import { losses } from '../../src/distillation/losses/registry.js';
import { parseStudyConfig } from '../../src/search/StudyConfig.js';
import { augmentationOf, trainingOf } from '../../src/search/trainingOf.js';
import { openStore } from '../../src/store/openStore.js';
import { storeQuickTeacher } from './quickTeacher.js';
import { runProcess } from './process.js';
import { runHere, type Said } from './runHere.js';
import { writeStripes } from './stripes.js';

let root: string;
const at = (...parts: string[]) => join(root, ...parts);
const write = (name: string, text: string) => {
  writeFileSync(at(name), text);
  return at(name);
};
const base = () => ['--results', at('results'), 'search', '--data', at('stripes'), '--space', 'minimal', '--no-report'];
const search = (...words: string[]) => [...base(), '--teacher', 'quick', '--trials', '1', '--epochs', '1', ...words];

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'recipes-'));
  writeStripes(at('stripes'), 200, 30);
  storeQuickTeacher(at('results', 'teachers'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function complains(ended: Said, code: number, says: RegExp): void {
  const [first, ...rest] = ended.stderr
    .slice(ended.stderr.search(/^nas-distill: /m))
    .trimEnd()
    .split('\n');
  expect(first).toMatch(says);
  expect(rest.length).toBeLessThanOrEqual(1);
  expect(ended.code).toBe(code);
}

describe('recipes', () => {
  it('shipped ones are valid, listed, and the default is what a study does without one', async () => {
    const shipped = listRecipes();
    expect(shipped).toEqual(
      expect.arrayContaining(['default', 'dkd', 'dist', 'ofa', 'vit-features', 'staged', 'mixed']),
    );
    for (const name of shipped) expect(loadRecipe(name).description?.length, name).toBeGreaterThan(10);
    const plain = parseStudyConfig({});
    const named = parseStudyConfig({ recipe: 'default' });
    expect(trainingOf(named)).toEqual(trainingOf(plain));
    expect(augmentationOf(named)).toEqual(augmentationOf(plain));
    const listed = await runHere(['recipes', '--json']);
    const { recipes } = z.object({ recipes: z.array(z.object({ name: z.string() })) }).parse(JSON.parse(listed.stdout));
    expect(recipes.map(({ name }) => name)).toEqual(shipped);
    expect((await runHere(['recipes'])).stdout).toContain('kd (0.5) + dist (1) + ce (0.3)');
  });

  it('lists every loss with paper, parameters and defaults, from the registry', async () => {
    const parameter = z.object({
      name: z.string(),
      description: z.string().min(3),
      type: z.string(),
      default: z.unknown(),
    });
    const entry = z.object({
      name: z.string(),
      summary: z.string(),
      paper: z.string(),
      parameters: z.array(parameter),
    });
    const said = await runHere(['losses', '--json']);
    const { losses: listed } = z.object({ losses: z.array(entry) }).parse(JSON.parse(said.stdout));
    expect(listed.map(({ name }) => name)).toEqual(Object.keys(losses));
    expect(listed.find(({ name }) => name === 'dkd')).toMatchObject({
      paper: 'arXiv:2203.08679',
      parameters: [{ name: 'alpha', default: 1 }, { name: 'beta', default: 8 }, { name: 'temperature', default: 4 }],
    }); // prettier-ignore
    expect((await runHere(['losses'])).stdout).toMatch(/dkd.*arXiv:2203\.08679.*alpha \(1\), beta \(8\)/);
  });

  const head = 'name: mine\nlosses:\n  - loss: ce\n    weight: 1\n';
  const bad: [string, string, RegExp][] = [
    ['an unknown loss', 'losses:\n  - loss: kdd\n    weight: 1\n', /:2: losses\.0\.loss: unknown loss "kdd", did you mean "kd"\?/],
    ['an unknown parameter', 'losses:\n  - loss: kd\n    weight: 1\n    options: { temprature: 4 }\n', /:4: losses\.0\.options\.temprature: loss kd has no such option/],
    ['a parameter out of range', 'losses:\n  - loss: kd\n    weight: 1\n    options:\n      temperature: 0\n', /:5: losses\.0\.options\.temperature: .*>0/],
    ['a negative weight', 'losses:\n  - loss: ce\n    weight: -1\n', /:3: losses\.0\.weight: .*>=0/],
    ['a weight that is NaN', 'losses:\n  - loss: ce\n    weight: .nan\n', /:3: losses\.0\.weight: .*NaN/],
    ['no weight at all', 'losses:\n  - loss: ce\n    weight: 0\n', /:1: losses: no loss has a weight above 0/],
    ['an unknown key', `${head}lossses: []\n`, /:5: lossses: unknown key/],
    ['a key of a term that is misspelt', 'losses:\n  - loss: ce\n    wieght: 1\n', /:3: losses\.0\.wieght: unknown key/],
    ['an unknown optimiser', `${head}optimiser: { name: adamww }\n`, /:5: optimiser\.name: unknown optimiser "adamww", did you mean "adamw"/],
    ['an option of another optimiser', `${head}optimiser: { name: sgd, options: { beta1: 0.9 } }\n`, /:5: optimiser\.options\.beta1/],
    ['a stage of length 0', 'stages:\n  - length: 0\n    losses: [{ loss: ce, weight: 1 }]\n', /:2: stages\.0\.length: .*>0/],
    ['stages that do not add up', 'stages:\n  - length: 0.5\n    losses: [{ loss: ce, weight: 1 }]\n', /:1: stages: their lengths add up to 0\.5/],
    ['losses beside stages', `${head}stages:\n  - length: 1\n    losses: [{ loss: ce, weight: 1 }]\n`, /:5: stages: each stage has its own losses/],
    ['neither losses nor stages', 'name: empty\n', /losses: give losses, or stages/],
    ['a ramp that goes backwards', 'losses:\n  - loss: ce\n    weight: 1\n    schedule: { kind: linear, from: 0, to: 1, begin: 1, end: 0.5 }\n', /:4: losses\.0\.schedule\.end: must be greater than begin/],
    ['a temperature where there is none', 'losses:\n  - loss: ce\n    weight: 1\n    temperature: { kind: linear, from: 4, to: 1 }\n', /losses\.0\.temperature: loss ce has no temperature/],
    ['a mixing that mixes nothing', `${head}mixing: { mixup: 0 }\n`, /:5: mixing: give mixup or cutmix/],
    ['no YAML', 'losses: [\n', /:\d: /],
  ]; // prettier-ignore
  it.each(bad)('refuses %s with file, line and key, before anything runs', async (_what, text, says) => {
    const file = write('bad.yaml', text);
    complains(await runHere(search('--recipe', file)), 2, new RegExp(`bad\\.yaml.*${says.source}`));
    complains(await runHere(['recipes', file]), 2, says);
  });

  it('refuses a recipe in another encoding', async () => {
    const file = write('latin.yaml', '');
    writeFileSync(file, Buffer.from(`description: caf\xe9\n${head}`, 'latin1'));
    complains(await runHere(['recipes', file]), 2, /recipe .*latin\.yaml is not UTF-8/);
  });

  it('refuses a recipe that is not there, with the nearest name', async () => {
    const said = await runHere(search('--recipe', 'dkdd'));
    complains(said, 2, /no recipe at dkdd/);
    expect(said.stderr).toContain('Did you mean dkd?');
  });

  it('refuses taps and parts that student or teacher do not have, before the teacher runs', async () => {
    const term = (options: string) =>
      write('taps.yaml', `losses:\n  - loss: hint\n    weight: 1\n    options: ${options}\n`);
    const student = await runHere(search('--recipe', term('{ student: stage9 }')));
    complains(student, 2, /loss hint: the student has no tap "stage9"/);
    const teacher = await runHere(search('--recipe', term('{ teacher: block9 }')));
    complains(teacher, 2, /loss hint: the teacher has no tap "block9"/);
    expect(teacher.stderr).not.toContain('Teacher outputs');
    const frozen = write(
      'frozen.yaml',
      'stages:\n  - length: 1\n    freeze: [stages1]\n    losses: [{ loss: ce, weight: 1 }]\n',
    );
    const part = await runHere(search('--recipe', frozen));
    complains(part, 2, /stage 1: freeze: the student has no part "stages1"/);
    expect(part.stderr).toContain('Did you mean stage1?');
  });

  it('refuses settings that the recipe decides, and a study file says where', async () => {
    const both = write('both.yaml', 'space: minimal\nrecipe: dkd\nlearningRate: 0.1\n');
    complains(await runHere(search('--study-file', both)), 2, /both\.yaml:3: learningRate: the recipe decides this/);
    const inside = write(
      'inside.yaml',
      'recipe:\n  losses:\n    - loss: kd\n      weight: 1\n      options: { T: 3 }\n',
    );
    complains(
      await runHere(search('--study-file', inside)),
      2,
      /inside\.yaml:5: recipe\.losses\.0\.options\.T: loss kd/,
    );
  });

  it("trains by the study file's recipe, stores it whole, logs its weights, and promotes by it", async () => {
    const recipe = write(
      'ramp.yaml',
      [
        'losses:',
        '  - { loss: kd, weight: 2, schedule: { kind: linear, from: 0, to: 1 }, temperature: { kind: linear, from: 4, to: 2 } }',
        '  - { loss: ce, weight: 1 }',
        'mixing: { cutmix: 1, probability: 0.5 }',
        'ema: { decay: 0.9 }',
      ].join('\n'),
    );
    const study = write('study.yaml', `recipe: ${recipe}\nbatchSize: 8\n`);
    const ended = await runProcess(search('--study-file', study, '--workers', '1', '--study', 'ramped', '--json'));
    expect(ended.stderr).not.toContain('nas-distill: ');
    expect(ended.code).toBe(0);
    const store = openStore(at('results', 'nas-distill.db'), { readonly: true });
    const stored = store.study('ramped');
    expect(stored?.settings.recipe).toMatchObject({ name: 'ramp', mixing: { cutmix: 1 }, ema: { decay: 0.9 } });
    const [rung] = store.trials('ramped').find((trial) => trial.origin === 'search')?.rungs ?? [];
    // A ramp from 0 to 1 over one epoch is 1/2 in the mean, times its weight of 2.
    expect(rung.metrics.weight_kd).toBeCloseTo(1, 5);
    expect(rung.metrics.temperature_kd).toBeCloseTo(3, 5);
    store.close();
    complains(
      await runHere(search('--study-file', study, '--recipe', 'dkd', '--study', 'ramped')),
      5,
      /recipe is ramp \([0-9a-f]{8}\), asked for is dkd \([0-9a-f]{8}\)/,
    );
    // The recipe file may go: the study has it.
    rmSync(recipe);
    const promoted = await runProcess(['--results', at('results'), 'promote', 'ramped', '--pick', 'best', '--epochs', '2', '--views', '1', '--json']); // prettier-ignore
    expect(promoted.stderr).not.toContain('nas-distill: ');
    const { card } = z.object({ card: z.string() }).parse(JSON.parse(promoted.stdout));
    const facts = z.object({ recipe: z.looseObject({}) }).parse(JSON.parse(readFileSync(card, 'utf8')));
    expect(facts.recipe).toMatchObject({ epochs: 2, ema: { decay: 0.9 }, augmentation: { mixing: { cutmix: 1 } } });
    const other = await runProcess(['--results', at('results'), 'promote', 'ramped', '--pick', 'best', '--epochs', '2', '--views', '1', '--recipe', 'dist', '--reevaluate', '--out', at('out'), '--json']); // prettier-ignore
    expect(other.stderr).not.toContain('nas-distill: ');
    expect(readFileSync(at('out', 'model-card.json'), 'utf8')).toContain('"dist"');
  }, 90_000);

  it('finds optimiser, rate and mixing with the architecture where the space offers them, and promotes as chosen', async () => {
    const minimal = readFileSync(join('search-spaces', 'minimal.yaml'), 'utf8');
    const space = write(
      'trained.yaml',
      `${minimal}training:
  optimisers:
    adamw: { learningRate: [0.01, 0.02] }
    plain: { name: sgd, learningRate: 0.1, options: { momentum: 0 } }
  mixing: { cutmix: [0, 1] }
`,
    );
    const study = write('trained-study.yaml', 'batchSize: 8\n');
    const words = ['--study-file', study, '--space', space, '--trials', '3', '--workers', '1', '--study', 'trained'];
    const ended = await runProcess(search(...words, '--seed', '2', '--json'));
    expect(ended.stderr).not.toContain('nas-distill: ');
    const store = openStore(at('results', 'nas-distill.db'), { readonly: true });
    const trials = store.trials('trained').filter(({ origin }) => origin === 'search');
    store.close();
    expect(trials.map(({ state }) => state)).toEqual(['COMPLETE', 'COMPLETE', 'COMPLETE']);
    const mixings = new Set(trials.map(({ architecture }) => architecture.choices['training.mixing.cutmix']));
    expect(mixings, 'another seed is needed, so that both are tried').toEqual(new Set([0, 1]));
    const mixed = trials.find(({ architecture }) => architecture.choices['training.mixing.cutmix'] === 1);
    const { optimiser } = mixed?.architecture.choices ?? {};
    const promoted = await runProcess(['--results', at('results'), 'promote', 'trained', '--trial', String(mixed?.number), '--epochs', '1', '--views', '1', '--json']); // prettier-ignore
    expect(promoted.stderr).not.toContain('nas-distill: ');
    const { card } = z.object({ card: z.string() }).parse(JSON.parse(promoted.stdout));
    const { recipe } = z.object({ recipe: z.looseObject({}) }).parse(JSON.parse(readFileSync(card, 'utf8')));
    const name = optimiser === 'plain' ? 'sgd' : 'adamw';
    expect(recipe).toMatchObject({ optimiser: { name }, augmentation: { views: 1, mixing: { mixup: 0, cutmix: 1 } } });
  }, 90_000);
});
