// Transformer layers inside CNN students: blocks of the search space, with their attention maps as taps.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { checkTraining } from '../../src/distillation/checkTraining.js';
import { describeTaps } from '../../src/distillation/describeTaps.js';
import { attentionMapsLoss } from '../../src/distillation/losses/attentionMaps.js';
import { createTrainingStep } from '../../src/distillation/trainingStep.js';
import type { TrainingTerm } from '../../src/distillation/TrainingConfig.js';
import type { Engine, HostTensor, TensorSpec } from '../../src/engines/Engine.js';
import { openEngine } from '../../src/engines/registry.js';
import { tapShapes } from '../../src/models/inferShapes.js';
import { referenceTeachers } from '../../src/models/teachers/registry.js';
import { parseStudyConfig } from '../../src/search/StudyConfig.js';
import { trainingOf } from '../../src/search/trainingOf.js';
import { loadSpace } from '../../src/spaces/loadSpace.js';

const context = { input: [28, 28, 1] as const, classes: 10 };
const space = loadSpace('attention-fusion');
const fused = space.toModelSpec(space.reference, context);
const others = Object.entries(space.reference.choices).filter(([name]) => name !== 'stage3.heads');
const plain = space.toModelSpec(
  { choices: { ...Object.fromEntries(others), 'stage3.block': 'inverted_residual' } },
  context,
);
const vit = tapShapes(referenceTeachers.vit.build('tiny', context));
const teacher = {
  classes: 10,
  taps: Object.fromEntries(Object.entries(vit).map(([name, shape]) => [name, { shape }])),
};
const training = (options: Record<string, unknown>) => {
  const losses: TrainingTerm[] = [
    { loss: 'kd', weight: 1 },
    { loss: 'attention-maps', weight: 10, options },
  ];
  return { ...trainingOf(parseStudyConfig({})), losses };
};
const check = (spec: typeof fused, options: Record<string, unknown>) =>
  checkTraining({ spec, config: training(options), classes: 10, images: 1000, teacher });

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('onnx', { threads: 1 });
});
afterAll(() => engine.close());

describe('the attention-fusion space', () => {
  it('hands out the attention maps of each of its transformer layers', () => {
    expect(tapShapes(fused)).toMatchObject({ attention1: [4, 49, 49], attention2: [4, 49, 49] });
    expect(tapShapes(plain)).not.toHaveProperty('attention1');
  });

  it('has its maps compared with those of a ViT over another grid, which is said', () => {
    check(fused, { student: ['attention1', 'attention2'], teacher: ['attention1', 'attention3'] });
    expect(describeTaps(fused, training({}).losses, teacher)).toEqual([
      'attention-maps: attention1 [4, 49, 49] with attention1 [4, 16, 16]',
    ]);
  });

  it('refuses students without the layer, or teaches them without that pair where the recipe says so', () => {
    expect(() => check(plain, {})).toThrow('loss attention-maps: the student has no tap "attention1"');
    check(plain, { missing: 'skip' });
    expect(() => check(plain, { missing: 'maybe' })).toThrow('missing');
  });

  it.each([
    ['with', fused],
    ['without', plain],
  ])('trains a student %s the layer under one recipe', async (_with, spec) => {
    const { step, state, feeds } = createTrainingStep({
      spec,
      config: training({ missing: 'skip' }),
      batch: 4,
      classes: 10,
      imageShape: [28, 28, 1],
      teacher,
      rng: createRng('fusion'),
    });
    const rng = createRng('feeds');
    const drawn = ({ shape, dtype }: TensorSpec): HostTensor => {
      const length = shape.reduce((a, b) => a * b, 1);
      if (dtype === 'int32') return { shape, dtype, data: Int32Array.from({ length }, (_, i) => i % 10) };
      return { shape, dtype, data: Float32Array.from({ length }, () => Math.abs(rng.normal()) / 10) };
    };
    const values = Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, drawn(feed)]));
    const open = engine.createState(state);
    const compiled = await engine.compile(step, open.specs, feeds);
    const out = await compiled.run(open, values);
    expect(Number.isFinite(out.loss.data[0])).toBe(true);
    if (spec === fused) expect(out['loss_attention-maps'].data[0]).toBeGreaterThan(0);
    else expect(out['loss_attention-maps'].data[0]).toBe(0);
    compiled.dispose();
    open.dispose();
  });
});

describe('attention maps over grids of different sizes', () => {
  /** Each position looks at itself alone, on a grid of side n. */
  const identity = (n: number): HostTensor => {
    const tokens = n * n;
    const data = Float32Array.from({ length: tokens * tokens }, (_, i) => (i % (tokens + 1) === 0 ? 1 : 0));
    return { shape: [1, 1, tokens, tokens], dtype: 'float32', data };
  };
  const even = (n: number): HostTensor => {
    const tokens = n * n;
    return {
      shape: [1, 1, tokens, tokens],
      dtype: 'float32',
      data: new Float32Array(tokens * tokens).fill(1 / tokens),
    };
  };
  const loss = async (s: HostTensor, t: HostTensor) => {
    const step = await engine.compile((_, f) => ({ outputs: { v: attentionMapsLoss(f.s, f.t) } }), {}, { s, t });
    const { v } = await step.run(engine.createState({}), { s, t });
    step.dispose();
    return v.data[0];
  };

  it('that mean the same differ by nothing, that differ by what is worked out by hand', async () => {
    expect(await loss(identity(4), identity(2))).toBeCloseTo(0, 6);
    expect(await loss(even(4), even(2))).toBeCloseTo(0, 6);
    // Against 1/4 everywhere: 4 entries off by 3/4, 12 by 1/4, of 16.
    expect(await loss(identity(4), even(2))).toBeCloseTo((4 * 0.5625 + 12 * 0.0625) / 16, 6);
    expect(await loss(even(2), identity(6))).toBeCloseTo((4 * 0.5625 + 12 * 0.0625) / 16, 6);
  });
});
