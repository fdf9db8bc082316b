// Optimiser, learning rate, smoothing, clipping, averaging and mixing as choices of the search space.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import type { AugmentationPolicy } from '../../src/data/Dataset.js';
import { mixOf, shownViews } from '../../src/data/mixing.js';
import { checkTraining } from '../../src/distillation/checkTraining.js';
import { trainModel } from '../../src/distillation/trainModel.js';
import type { Engine } from '../../src/engines/Engine.js';
import { openEngine } from '../../src/engines/registry.js';
import { parseStudyConfig } from '../../src/search/StudyConfig.js';
import { augmentationOf, trainingOf } from '../../src/search/trainingOf.js';
import { parseSpace } from '../../src/spaces/parseSpace.js';
import { openTeacher } from '../../src/teachers/openTeacher.js';
import { teacherOutputs } from '../../src/teachers/teacherCache.js';
import { readRecord } from '../../src/teachers/teacherFiles.js';
import { storeQuickTeacher } from '../cli/quickTeacher.js';
import { shapes } from './shapes.js';

const space = (training: string, choices = '') =>
  parseSpace(
    `
name: trainings
${choices}
stem: { block: conv, width: 8 }
stages: [{ block: conv, width: 8 }]
training:
${training}`,
    'trainings.yaml',
  );
const searched = space(`
  optimisers:
    adamw: { learningRate: [0.002, 0.01], options: { weightDecay: [0, 0.05] } }
    sgd: { learningRate: 0.1, options: { momentum: 0.9, nesterov: true } }
  labelSmoothing: [0, 0.1]
  clipNorm: [1, null]
  ema: [0, 0.9]
  mixing: { mixup: [0, 0.2], cutmix: [0, 1], probability: 0.5 }
`);
const config = parseStudyConfig({ epochs: 2, batchSize: 32 });
const all = [...searched.enumerate()];
const trainings = all.map((architecture) => trainingOf(config, searched.recipe(architecture)));
const count = <T>(of: (training: (typeof trainings)[number]) => T) => {
  const found = new Map<string, number>();
  for (const training of trainings) {
    const key = JSON.stringify(of(training)) ?? 'absent';
    found.set(key, (found.get(key) ?? 0) + 1);
  }
  return Object.fromEntries(found);
};

describe('a training that the space chooses', () => {
  it('has every combination once, and options only of the optimiser that is used', () => {
    // 2 rates x 2 decays of adamw, and sgd; 2 smoothings, 2 limits, 2 averages, 4 ways of mixing.
    expect(searched.count()).toBe(BigInt(5 * 2 * 2 * 2 * 4));
    expect(new Set(trainings.map((t) => JSON.stringify(t))).size).toBe(160);
    expect(count(({ optimiser, learningRate }) => [optimiser, learningRate])).toEqual({
      '[{"name":"adamw","options":{"weightDecay":0}},0.002]': 32,
      '[{"name":"adamw","options":{"weightDecay":0.05}},0.002]': 32,
      '[{"name":"adamw","options":{"weightDecay":0}},0.01]': 32,
      '[{"name":"adamw","options":{"weightDecay":0.05}},0.01]': 32,
      '[{"name":"sgd","options":{"momentum":0.9,"nesterov":true}},0.1]': 32,
    });
    expect(count(({ ema }) => ema)).toEqual({ absent: 80, '{"decay":0.9}': 80 });
    expect(count(({ clipNorm }) => clipNorm)).toEqual({ '1': 80, null: 80 });
    expect(count(({ mixing }) => mixing)).toEqual({
      absent: 40,
      '{"mixup":0.2,"cutmix":0,"probability":0.5}': 40,
      '{"mixup":0,"cutmix":1,"probability":0.5}': 40,
      '{"mixup":0.2,"cutmix":1,"probability":0.5}': 40,
    });
    // What it does not choose stays the study's.
    for (const { losses, schedule, epochs } of trainings) {
      expect({ losses, schedule, epochs }).toEqual({
        losses: trainingOf(config).losses,
        schedule: { name: 'warmup-cosine' },
        epochs: 2,
      });
    }
  });

  it('takes the place of what a recipe says, and only of that', () => {
    const mixed = parseStudyConfig({ recipe: 'mixed' });
    const recipe = trainingOf(mixed);
    const chosen = trainingOf(mixed, space('  learningRate: 0.03').recipe(all[0]));
    expect(chosen).toEqual({ ...recipe, learningRate: 0.03 });
    const single = trainingOf(mixed, space('  mixing: { mixup: 0, cutmix: 0 }\n  ema: 0').recipe({ choices: {} }));
    expect(single).toEqual({ ...recipe, mixing: undefined, ema: undefined });
    const staged = parseStudyConfig({ recipe: 'staged' });
    expect(() => trainingOf(staged, space('  learningRate: 0.03').recipe(all[0]))).toThrow(/chooses the learning rate/);
    expect(trainingOf(staged, space('  clipNorm: 2').recipe(all[0])).clipNorm).toBe(2);
  });

  it('is checked before anything is trained', () => {
    const check = (training: string) => () => {
      const odd = space(training);
      const [first] = odd.enumerate();
      const spec = odd.toModelSpec(first, { input: [12, 12, 1], classes: 3 });
      const losses = [{ loss: 'ce', weight: 1 }];
      const chosen = trainingOf(parseStudyConfig({ losses }), odd.recipe(first));
      checkTraining({ spec, config: chosen, classes: 3, images: 100, teacher: undefined });
    };
    expect(check('  optimisers: { adamax: {} }')).toThrow(/unknown optimiser "adamax"/);
    expect(check('  optimisers: { sgd: { options: { weight: 1 } } }')).toThrow(/sgd.*weight/);
    expect(check('  optimisers: { slow: { name: sgd, learningRate: 0.001 } }')).not.toThrow();
  });

  it.each([
    ['  rate: 1', /trainings\.yaml:7:3 training\.rate: unknown key "rate"/],
    ['  learningRate: [0.1, 0]', /training\.learningRate\[1\]: 0: must be a number above 0/],
    ['  learningRate: fast', /training\.learningRate: "fast": must be a number above 0/],
    ['  labelSmoothing: 0.7', /labelSmoothing: 0\.7: must be from 0 to 0\.5/],
    ['  ema: 1', /ema: 1: must be 0 \(off\), or below 1/],
    ['  mixing: { mixup: 0.01 }', /mixup: 0\.01: must be 0 \(off\), or from 0\.05 to 1/],
    ['  mixing: { probability: 0.5 }', /give mixup, cutmix or both/],
    ['  mixing: { mixup: 1, probability: 0 }', /probability: must be a number above 0, up to 1/],
    ['  mixing: { mixup: 1, probability: [0.5, 1] }', /probability: expected a single value/],
    ['  optimisers: {}', /optimisers needs at least one/],
    ['  optimisers: { sgd: { momentum: 0.9 } }', /training\.optimisers\.sgd\.momentum: unknown key/],
    ['  {}', /training needs at least one of optimisers/],
    ['  learningRate: $fast', /no choice is called "fast"/],
  ])('%s is refused with its place', (training, says) => expect(() => space(training)).toThrow(says));

  it('does not mix texts', () =>
    expect(() =>
      parseSpace(
        'name: t\nstem: { block: embedding, width: 8 }\nstages: [{ block: bilstm, width: 8 }]\ntraining: { mixing: { mixup: [0, 1] } }',
        't.yaml',
      ),
    ).toThrow(/t\.yaml:4:\d+ training\.mixing: .*texts cannot be mixed/));
});

describe('mixing as a choice', () => {
  let root: string;
  let engine: Engine;
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'searched-'));
    storeQuickTeacher(join(root, 'teachers'), { classes: ['wide', 'tall', 'square'] });
    engine = await openEngine('onnx', { threads: 1 });
  });
  afterAll(() => {
    engine.close();
    rmSync(root, { recursive: true, force: true });
  });
  const views = augmentationOf(config, { mixings: searched.mixings });
  const pool = Int32Array.from({ length: 40 }, (_, i) => i);

  it('gives each way as many views as the study says, the study’s own first', () => {
    expect(views.views).toBe(4 * config.augmentation.views);
    const shown = trainings.map(({ mixing }) => shownViews(views, mixing));
    expect([...new Set(shown.map((one) => JSON.stringify(one)))].sort()).toEqual(
      [0, 2, 4, 6].map((first) => JSON.stringify({ first, count: 2, mixed: first > 0 })).sort(),
    );
    const kinds = Array.from({ length: 8 }, (_, view) => {
      const mixes = Array.from(pool, (image) => mixOf(views, pool, [12, 12], image, view));
      const has = (cut: boolean) => mixes.some((mix) => mix !== undefined && (mix.box !== undefined) === cut);
      return `${has(false) ? 'mixup' : ''}${has(true) ? 'cutmix' : ''}`;
    });
    expect(new Set(kinds)).toEqual(new Set(['', 'mixup', 'cutmix', 'mixupcutmix']));
    for (const [view, kind] of kinds.entries()) expect(kind).toBe(kinds[view - (view % 2)]);
    // A study whose space leaves mixing alone, and one that can only do as the study does, have the policy that they always had.
    expect(augmentationOf(config, { mixings: [null] })).toEqual(augmentationOf(config));
    expect(augmentationOf(config)).toEqual({ shift: 2, flip: true, views: 2, seed: 1 });
  });

  it('trains on the views of its own way, as a study would that has no other', async () => {
    const data = shapes();
    const teacher = await openTeacher(join(root, 'teachers'), readRecord(join(root, 'teachers'), 'quick'));
    const cutmix = { mixup: 0, cutmix: 1, probability: 0.5 };
    const several = { ...views, views: 4, mixings: [null, cutmix] };
    const spec = searched.toModelSpec(all[0], { input: [...data.dataset.shape], classes: 3 });
    const losses = [{ loss: 'kd', weight: 0.7 }, { loss: 'ce', weight: 0.3 }]; // prettier-ignore
    const run = async (augmentation: AugmentationPolicy, mixing: typeof cutmix | undefined) => {
      const { outputs } = await teacherOutputs(
        join(root, 'cache'),
        { teacher, dataset: data.dataset, rows: data.splits.train, policy: augmentation, taps: [] },
        () => Promise.resolve(engine),
      );
      const own = { ...trainingOf(config), losses, ...(mixing === undefined ? {} : { mixing }) };
      const rng = createRng('mixing');
      const study = { ...data, augmentation, teacher: outputs };
      return (await trainModel({ spec, data: study, config: own, engine, rng })).metrics;
    };
    const plain = { ...augmentationOf(config), views: 2 };
    expect(await run(several, undefined)).toEqual(await run(plain, undefined));
    const mixed = await run(several, cutmix);
    expect(mixed.train_loss).not.toBe((await run(several, undefined)).train_loss);
    await expect(run(several, { ...cutmix, cutmix: 0.5 })).rejects.toThrow('no views are mixed as the training asks');
    teacher.dispose();
  });
});
