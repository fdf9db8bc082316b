import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import type { Engine, HostTensor, HostTensors } from '../../src/engines/Engine.js';
import { openEngine } from '../../src/engines/registry.js';
import { applyModel } from '../../src/models/applyModel.js';
import type { ModelSpec } from '../../src/models/ModelSpec.js';
import { initialise } from '../../src/models/parameters.js';
import { inheritWeights } from '../../src/inheritance/inheritWeights.js';
import { listSpaces, loadSpace } from '../../src/spaces/loadSpace.js';
import { parseSpace } from '../../src/spaces/parseSpace.js';
import type { ChoiceValue } from '../../src/spaces/SearchSpace.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('onnx', { threads: 1 });
});
afterAll(() => engine.close());

/** Values as of a trained model: nothing at its first value, norms included. */
function trained(spec: ModelSpec): HostTensors {
  const { trainable, statistics } = initialise(spec, createRng('parent'));
  const rng = createRng('trained');
  return Object.fromEntries(
    Object.entries({ ...trainable, ...statistics }).map(([name, { shape, data }]): [string, HostTensor] => {
      const moved = data.map((v) => v + 0.2 * rng.normal());
      return [
        name,
        { shape, dtype: 'float32', data: name.endsWith('variance') ? moved.map((v) => Math.abs(v) + 0.3) : moved },
      ];
    }),
  );
}

async function logits(spec: ModelSpec, values: HostTensors): Promise<number[]> {
  const rng = createRng('image');
  const size = spec.input.reduce((a, b) => a * b, 1);
  const image: HostTensor = {
    shape: [4, ...spec.input],
    dtype: 'float32',
    data: Float32Array.from({ length: 4 * size }, () => rng.normal()),
  };
  const state = engine.createState(values);
  const step = await engine.compile(
    (held, feeds) => ({
      outputs: { logits: applyModel(spec, held, feeds.image, { training: false, noise: {} }).logits },
    }),
    state.specs,
    { image },
  );
  const { logits: out } = await step.run(state, { image });
  step.dispose();
  state.dispose();
  return [...out.data];
}

const context = { input: [12, 12, 1], classes: 5 };
function pair(name: string, change: Record<string, ChoiceValue>, base: Record<string, ChoiceValue> = {}) {
  const space = loadSpace(name);
  const from = space.complete({ ...space.reference.choices, ...base }, createRng('from'));
  const to = space.complete({ ...from.choices, ...change }, createRng('to'));
  return { parent: space.toModelSpec(from, context), child: space.toModelSpec(to, context) };
}

describe('a child that can compute what its parent does', () => {
  it.each([
    ['the same', 'mobile-cnn', {}, {}],
    ['wider stages, head and stem', 'mobile-cnn', { 'stem.width': 24, 'stage2.width': 64, 'head.width': 512 }, {}],
    ['a larger expansion', 'mobile-cnn', { 'stage3.expansion': 4 }, { 'stage3.expansion': 2 }],
    ['a wider gate', 'mobile-cnn', { 'stage4.width': 256 }, { 'stage4.se': 0.25 }],
    ['a larger kernel, strided too', 'mobile-cnn', { 'stage2.kernel': 5, 'stage4.kernel': 5 }, {}],
    ['more blocks with a shortcut', 'mobile-cnn', { 'stage2.repeats': 3, 'stage3.repeats': 3 }, {}],
    ['all of it', 'mobile-cnn', { 'stage2.repeats': 3, 'stage2.width': 64, 'stage2.kernel': 5 }, {}],
    ['more and wider ResNet blocks behind ReLUs', 'resnet-convnext', { 'stage2.repeats': 3, 'stage3.width': 160 }, {}],
    ['more transformer layers', 'tiny-vit', { 'stage2.repeats': 4 }, {}],
  ])('%s', async (_what, space, change, base) => {
    const { parent, child } = pair(space, change, base);
    const values = trained(parent);
    const inherited = inheritWeights(child, { spec: parent, values }, createRng('child'), false);
    expect(inherited.preserving).toBe(true);
    const [before, now] = [await logits(parent, values), await logits(child, inherited.values)];
    const size = Math.max(...before.map(Math.abs));
    expect(size).toBeGreaterThan(0.1);
    now.forEach((value, i) => expect(Math.abs(value - before[i])).toBeLessThan(2e-4 * size));
  });

  it('with noise on repeated channels it is near, and no two of them stay twins', async () => {
    const { parent, child } = pair('mobile-cnn', { 'stem.width': 24 }, { 'stem.width': 16 });
    const values = trained(parent);
    const inherited = inheritWeights(child, { spec: parent, values }, createRng('child'));
    const [before, now] = [await logits(parent, values), await logits(child, inherited.values)];
    const size = Math.max(...before.map(Math.abs));
    const off = Math.max(...now.map((value, i) => Math.abs(value - before[i])));
    expect(off).toBeGreaterThan(0);
    expect(off).toBeLessThan(0.3 * size);
    const kernel = inherited.values['stem.conv2d1/kernel'];
    const column = (c: number) => Array.from({ length: 9 }, (_, i) => kernel.data[i * 24 + c]);
    expect(column(16)).not.toEqual(column(0));
    column(16).forEach((v, i) => expect(Math.abs(v - column(0)[i])).toBeLessThan(0.2 * Math.abs(column(0)[i]) + 1e-9));
  });
});

describe('a child that cannot', () => {
  it.each([
    ['narrower', 'mobile-cnn', { 'stage2.width': 16 }, {}],
    ['a smaller kernel', 'mobile-cnn', { 'stage2.kernel': 3 }, { 'stage2.kernel': 5 }],
    ['fewer blocks', 'mobile-cnn', { 'stage2.repeats': 1 }, {}],
    ['another block', 'mobile-cnn', { 'stage2.block': 'fused_mbconv' }, {}],
    ['another activation', 'mobile-cnn', { activation: 'relu' }, {}],
    ['more blocks without a shortcut', 'mobile-cnn', { 'stage2.repeats': 3 }, { 'stage2.block': 'separable' }],
    ['unevenly repeated channels under a layer norm', 'tiny-vit', { 'stem.width': 96 }, { 'stem.width': 64 }],
    ['other heads', 'tiny-vit', { 'stage1.heads': 2 }, {}],
  ])('%s: inherits what matches, says that it is not the same', async (_what, space, change, base) => {
    const { parent, child } = pair(space, change, base);
    const values = trained(parent);
    const inherited = inheritWeights(child, { spec: parent, values }, createRng('child'));
    expect(inherited.preserving).toBe(false);
    expect(inherited.share).toBeGreaterThan(0.05);
    expect(inherited.share).toBeLessThanOrEqual(1);
    const now = await logits(child, inherited.values);
    expect(now.every(Number.isFinite)).toBe(true);
  });
});

describe.each(listSpaces())('any two architectures of %s', (name) => {
  it('inherit: every value there, of the right shape, the claim of sameness true, the same again', async () => {
    const space = loadSpace(name);
    const texts = space.samples === 'texts';
    const fits = texts ? { input: [12], classes: 5, vocabulary: { size: 300, unknown: 1 } } : context;
    for (let i = 0; i < 6; i++) {
      const from = space.sample(createRng(`from/${i}`));
      const to = i % 2 === 0 ? space.mutate(from, createRng(`to/${i}`)) : space.sample(createRng(`to/${i}`));
      const [parent, child] = [space.toModelSpec(from, fits), space.toModelSpec(to, fits)];
      const values = trained(parent);
      const inherited = inheritWeights(child, { spec: parent, values }, createRng('child'), false);
      const fresh = initialise(child, createRng('x'));
      const shapes = (all: HostTensors) => Object.entries(all).map(([key, { shape }]) => `${key} ${shape.join()}`).sort(); // prettier-ignore
      expect(shapes(inherited.values)).toEqual(shapes({ ...fresh.trainable, ...fresh.statistics }));
      expect(inheritWeights(child, { spec: parent, values }, createRng('child'), false)).toEqual(inherited);
      if (!inherited.preserving || texts) continue;
      const [before, now] = [await logits(parent, values), await logits(child, inherited.values)];
      const size = Math.max(...before.map(Math.abs));
      now.forEach((value, k) => expect(Math.abs(value - before[k])).toBeLessThan(1e-3 * size));
    }
  });
});

describe('filters in groups', () => {
  const space = parseSpace(
    `name: groups
stem: { block: conv, width: 8 }
stages:
  - { block: resnext, repeats: [1, 2], width: [16, 24], reduction: 1, group_width: 4 }
`,
    'groups.yaml',
  );
  const modelOf = (repeats: number, width: number) =>
    space.toModelSpec({ choices: { 'stage1.repeats': repeats, 'stage1.width': width } }, context);
  const parent = modelOf(1, 16);
  const values = trained(parent);

  it('are taken over as they are, and a new block of them begins as the identity', async () => {
    for (const child of [modelOf(1, 16), modelOf(2, 16)]) {
      const inherited = inheritWeights(child, { spec: parent, values }, createRng('child'), false);
      expect(inherited.preserving).toBe(true);
      const [before, now] = [await logits(parent, values), await logits(child, inherited.values)];
      const size = Math.max(...before.map(Math.abs));
      now.forEach((value, i) => expect(Math.abs(value - before[i])).toBeLessThan(2e-4 * size));
    }
  });

  it('are no copy where channels of other groups would be read: said so, and trainable all the same', async () => {
    const child = modelOf(1, 24);
    const inherited = inheritWeights(child, { spec: parent, values }, createRng('child'), false);
    expect(inherited.preserving).toBe(false);
    expect(inherited.share).toBeGreaterThan(0.3);
    expect((await logits(child, inherited.values)).every(Number.isFinite)).toBe(true);
  });
});
