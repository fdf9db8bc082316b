import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { fillBatch } from '../../src/data/batches.js';
import type { AugmentationPolicy, Dataset, Normalisation } from '../../src/data/Dataset.js';
import { mixOf, type Mix, type Mixing } from '../../src/data/mixing.js';
import { openDataset } from '../../src/data/openDataset.js';
import { BatchFeeder } from '../../src/distillation/BatchFeeder.js';
import { trainModel } from '../../src/distillation/trainModel.js';
import { createTrainingStep } from '../../src/distillation/trainingStep.js';
import type { Engine } from '../../src/engines/Engine.js';
import { openEngine } from '../../src/engines/registry.js';
import type { ModelSpec } from '../../src/models/ModelSpec.js';
import { openTeacher } from '../../src/teachers/openTeacher.js';
import { teacherOutputs } from '../../src/teachers/teacherCache.js';
import type { TeacherModel } from '../../src/teachers/TeacherModel.js';
import { storeQuickTeacher } from '../cli/quickTeacher.js';
import { writeStripes } from '../cli/stripes.js';

let root: string;
let dataset: Dataset;
let engine: Engine;
let teacher: TeacherModel;
const rows = Int32Array.from({ length: 40 }, (_, i) => 2 * i);
const plain: AugmentationPolicy = { shift: 1, flip: true, views: 2, seed: 3 };
const both: Mixing = { mixup: 1, cutmix: 1, probability: 0.8 };
const normalisation: Normalisation = { mean: [0.5], std: [0.25] };
const pixels = 144;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'mixing-'));
  dataset = await openDataset(writeStripes(join(root, 'stripes'), 90, 30), { dataDir: root });
  engine = await openEngine('wasm', { threads: 1 });
  teacher = await openTeacher(join(root, 'teachers'), storeQuickTeacher(join(root, 'teachers')));
});
afterAll(() => {
  engine.close();
  rmSync(root, { recursive: true, force: true });
});

/** One view of one image, alone. */
function single(image: number, view: number): Float32Array {
  const out = new Float32Array(pixels);
  fillBatch({ dataset, indices: Int32Array.of(image), start: 0, size: 1, policy: plain, view, normalisation, out });
  return out;
}

/** Pixel by pixel, from single views alone. */
function mixedByHand(image: number, view: number, mix: Mix | undefined): Float32Array {
  const own = single(image, view);
  if (mix === undefined) return own;
  const other = single(mix.partner, view);
  const { box, share } = mix;
  return own.map((value, i) => {
    if (box === undefined) return share * value + (1 - share) * other[i];
    const [y, x] = [Math.floor(i / 12), i % 12];
    const inside = y >= box.top && y < box.top + box.height && x >= box.left && x < box.left + box.width;
    return inside ? other[i] : value;
  });
}

const mixOn = (mixing: Mixing, image: number, view: number) => mixOf({ ...plain, mixing }, rows, [12, 12], image, view);

describe('the mix of a view', () => {
  it('depends on seed, image and view alone, and repeats after `views` views', () => {
    for (const image of rows) expect(mixOn(both, image, 3)).toEqual(mixOn(both, image, 1));
    const many = Array.from(rows, (image) => mixOn(both, image, 0));
    expect(many).not.toEqual(Array.from(rows, (image) => mixOn(both, image, 1)));
    const seeded = { ...plain, seed: 4, mixing: both };
    expect(many).not.toEqual(Array.from(rows, (image) => mixOf(seeded, rows, [12, 12], image, 0)));
  });

  it('has the shares of Beta(alpha, alpha), partners of the pool, and mixes as many as asked for', () => {
    const policy = { ...plain, views: 5000, mixing: { mixup: 0.2, cutmix: 0, probability: 0.7 } };
    const mixes = Array.from({ length: 5000 }, (_, view) => mixOf(policy, rows, [12, 12], 4, view));
    const shares = mixes.flatMap((mix) => (mix === undefined ? [] : [mix.share]));
    // Standard deviations of the estimates: 0.0065, 0.007 and 0.002; 4 of them each.
    expect(Math.abs(shares.length / 5000 - 0.7)).toBeLessThan(0.026);
    const mean = shares.reduce((a, b) => a + b) / shares.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.03);
    const variance = shares.reduce((sum, s) => sum + (s - mean) ** 2, 0) / shares.length;
    expect(Math.abs(variance - 1 / (4 * (2 * 0.2 + 1)))).toBeLessThan(0.008);
    expect(new Set(mixes.map((mix) => mix?.partner).filter((p) => p !== undefined))).toEqual(new Set(rows));
  });

  it.each([['mixup', { mixup: 1, cutmix: 0, probability: 1 }], ['cutmix', { mixup: 0, cutmix: 1, probability: 1 }], ['both', both]] as const)(
    '%s fills batches with what mixing by hand gives; the share is that of the pixels',
    (_name, mixing) => {
      const out = new Float32Array(rows.length * pixels);
      const policy = { ...plain, mixing };
      fillBatch({ dataset, indices: rows, start: 0, size: rows.length, policy, view: 1, pool: rows, normalisation, out });
      const kinds = new Set<string>();
      rows.forEach((image, i) => {
        const mix = mixOn(mixing, image, 1);
        kinds.add(mix === undefined ? 'alone' : mix.box === undefined ? 'mixup' : 'cutmix');
        const expected = mixedByHand(image, 1, mix);
        out.subarray(i * pixels, (i + 1) * pixels).forEach((value, at) => expect(value).toBeCloseTo(expected[at], 5));
        if (mix?.box !== undefined) {
          expect(mix.share).toBeCloseTo(1 - (mix.box.height * mix.box.width) / pixels, 10);
          expect(mix.box.top + mix.box.height).toBeLessThanOrEqual(12);
          expect(mix.box.left + mix.box.width).toBeLessThanOrEqual(12);
        }
      });
      expect(kinds).toEqual(new Set(_name === 'both' ? ['alone', 'mixup', 'cutmix'] : [_name]));
    },
  ); // prettier-ignore
});

describe('the teacher and its cache', () => {
  const answer = async (images: Float32Array[]) => {
    const data = new Float32Array(images.length * pixels);
    images.forEach((image, i) => data.set(image, i * pixels));
    const image = { shape: [images.length, 12, 12, 1], dtype: 'float32' as const, data };
    if ('members' in teacher) throw new Error('one teacher is expected');
    const answering = await teacher.answers(engine, [], image);
    return (await answering.run(image)).logits.data;
  };
  const cached = (policy: AugmentationPolicy) =>
    teacherOutputs(join(root, 'cache'), { teacher, dataset, rows, policy, taps: [] }, () => Promise.resolve(engine));

  it('hold the answers to exactly the mixed images, not mixtures of answers', async () => {
    const { outputs } = await cached({ ...plain, mixing: both });
    let furthest = 0;
    for (const view of [0, 1]) {
      const mixes = Array.from(rows, (image) => mixOn(both, image, view));
      const logits = await answer(mixes.map((mix, i) => mixedByHand(rows[i], view, mix)));
      const offset = view * rows.length * 3;
      logits.forEach((value, i) => expect(outputs.logits[offset + i]).toBeCloseTo(value, 4));
      const own = await answer(Array.from(rows, (image) => single(image, view)));
      const others = await answer(mixes.map((mix, i) => single(mix?.partner ?? rows[i], view)));
      logits.forEach((value, i) => {
        const share = mixes[Math.floor(i / 3)]?.share ?? 1;
        furthest = Math.max(furthest, Math.abs(value - (share * own[i] + (1 - share) * others[i])));
      });
    }
    expect(furthest).toBeGreaterThan(0.01);
  });

  it('are another cache for another mixing, and the same for the same', async () => {
    const first = await cached({ ...plain, mixing: both });
    const others = [plain, { ...plain, mixing: { ...both, cutmix: 0.5 } }];
    for (const policy of others) expect((await cached(policy)).outputs.digest).not.toBe(first.outputs.digest);
    expect(await cached({ ...plain, mixing: { ...both } })).toMatchObject({ cached: true, outputs: { digest: first.outputs.digest } }); // prettier-ignore
  });
});

describe('training on mixed images', () => {
  const spec: ModelSpec = {
    input: [12, 12, 1],
    nodes: [
      { name: 'flat', op: 'reshape', inputs: ['input'], shape: [144] },
      { name: 'fc', op: 'dense', inputs: ['flat'], units: 3, useBias: true },
    ],
    logits: 'fc',
    taps: { embedding: 'flat' },
  };
  const training = {
    epochs: 1,
    batchSize: 40,
    optimiser: { name: 'sgd' },
    learningRate: 1e-3,
    schedule: { name: 'constant' },
    clipNorm: null,
    labelSmoothing: 0,
    losses: [{ loss: 'ce', weight: 1 }],
  };
  const data = () => ({
    dataset,
    splits: { train: rows, validation: Int32Array.of(1, 3, 5), test: new Int32Array(0) },
    normalisation,
    augmentation: { ...plain, mixing: both },
  });

  it('has labels mixed by the share of the image; dkd and ofa see the label of the larger part', async () => {
    const rng = createRng('mixed');
    const { metrics } = await trainModel({ spec, data: data(), config: training, engine, rng });
    const common = { spec, config: training, batch: 40, classes: 3, imageShape: [12, 12, 1], teacher: undefined };
    const first = createTrainingStep({ ...common, mixed: true, rng: createRng('mixed') });
    const { 'fc/kernel': kernel, 'fc/bias': bias } = first.state;
    // The loss of the first and only step, in double precision from the images mixed by hand.
    let total = 0;
    for (const image of rows) {
      const mix = mixOn(both, image, 0);
      const pixelsOf = mixedByHand(image, 0, mix);
      const logits = [0, 1, 2].map((c) =>
        pixelsOf.reduce((sum, x, p) => sum + x * kernel.data[3 * p + c], bias.data[c]),
      );
      const logSum = Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0));
      const ce = (label: number) => logSum - logits[label];
      const share = mix?.share ?? 1;
      total += share * ce(dataset.labels[image]) + (1 - share) * ce(dataset.labels[mix?.partner ?? image]);
    }
    expect(metrics.loss_ce).toBeCloseTo(total / rows.length, 4);

    const feeder = new BatchFeeder(data(), first, 40);
    feeder.startEpoch(1, 'x');
    feeder.fill(0, 0, { lr: 0 }, rng);
    const { main, partner, share, labels } = feeder.feeds;
    expect(main.data.every((label, i) => label === (share.data[i] < 0.5 ? partner : labels).data[i])).toBe(true);
    expect(main.data).not.toEqual(labels.data);
  });
});
