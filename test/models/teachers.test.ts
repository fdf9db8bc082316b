import { expect, test } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { describe as blocksOf } from '../../src/models/describe.js';
import { inferShapes, tapShapes } from '../../src/models/inferShapes.js';
import { initialise, parameterSpecs } from '../../src/models/parameters.js';
import { scaleWidth } from '../../src/models/scaleWidth.js';
import { stemSteps } from '../../src/models/teachers/convStem.js';
import { patchSide } from '../../src/models/teachers/patches.js';
import { referenceTeachers } from '../../src/models/teachers/registry.js';
import {
  teacherSizes,
  type ReferenceTeacher,
  type TeacherContext,
} from '../../src/models/teachers/ReferenceTeacher.js';
import { validateModelSpec } from '../../src/models/validateModelSpec.js';

const inputs = [
  [28, 28, 1],
  [32, 32, 3],
  [64, 64, 3],
  [96, 96, 3],
  [224, 224, 3],
] as const;
const ofImages: TeacherContext[] = inputs.map((input) => ({ input, classes: 10 }));
const ofTexts: TeacherContext[] = [8, 24, 300].map((tokens) => ({
  input: [tokens],
  classes: 10,
  vocabulary: { size: 5000, unknown: 1 },
}));

for (const [name, teacher] of Object.entries<ReferenceTeacher>(referenceTeachers)) {
  const [contexts, foreign] = teacher.input === 'text' ? [ofTexts, ofImages] : [ofImages, ofTexts];
  test(`${name}: data of the other kind is refused`, () => {
    expect(() => teacher.build('tiny', foreign[0])).toThrow(/reads (texts|images), the data has the shape/);
  });
  test(`${name}: every size for every input is a valid model with the promised taps`, () => {
    for (const context of contexts) {
      let before = 0;
      for (const size of teacherSizes) {
        const spec = teacher.build(size, context);
        expect(validateModelSpec(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
        expect(inferShapes(spec).get(spec.logits)).toEqual([10]);
        const taps = tapShapes(spec);
        expect(taps.block1).toBeDefined();
        expect(taps.embedding.length).toBe(1);
        if (!['resnet', 'cnn'].includes(name)) expect(taps.tokens.length).toBe(2);
        const params = blocksOf(spec).reduce((sum, block) => sum + block.params, 0);
        expect(params).toBeGreaterThan(before);
        before = params;
      }
    }
  });
}

test('patches', () => {
  expect(patchSide(28, 28, true)).toBe(7);
  expect(patchSide(28, 28, false)).toBe(4);
  expect(patchSide(32, 32, true)).toBe(8);
  expect(patchSide(32, 32, false)).toBe(4);
  expect(patchSide(224, 224, false)).toBe(16);
  expect(() => patchSide(29, 29, true)).toThrow('29x29 does not divide');
});

test('the stem halves an image to a grid of at most 8x8, 14x14 for large ones; coarse: half of that', () => {
  expect(stemSteps(28, 28, false)).toBe(2);
  expect(stemSteps(28, 28, true)).toBe(3);
  expect(stemSteps(29, 31, true)).toBe(3);
  expect(stemSteps(64, 64, false)).toBe(3);
  expect(stemSteps(224, 224, false)).toBe(4);
  expect(stemSteps(8, 8, false)).toBe(1);
});

test('the tiny vit has the values that its formula gives', () => {
  const spec = referenceTeachers.vit.build('tiny', { input: [28, 28, 1], classes: 10 });
  const attention = 4 * (64 * 64 + 64);
  const mlp = 64 * 128 + 128 + 128 * 64 + 64;
  const stem = 9 * 16 + 9 * 16 * 32 + 9 * 32 * 64 + 4 * (16 + 32 + 64) + 64 * 64 + 64;
  const expected = stem + 16 * 64 + 3 * (attention + mlp + 4 * 64) + 2 * 64 + (64 * 10 + 10);
  expect(blocksOf(spec).reduce((sum, block) => sum + block.params, 0)).toBe(expected);
});

test('initial values follow their law and are equal for equal seeds', () => {
  const spec = referenceTeachers.resnet.build('tiny', { input: [32, 32, 3], classes: 10 });
  const { trainable, statistics } = initialise(spec, createRng(1));
  expect(Object.keys(trainable).length + Object.keys(statistics).length).toBe(parameterSpecs(spec).length);
  expect(Object.keys(statistics).every((name) => name.includes('moving_'))).toBe(true);
  const { data } = trainable['block3.conv2/kernel'];
  let variance = 0;
  for (const value of data) variance += (value * value) / data.length;
  expect(variance / (2 / (9 * 64))).toBeCloseTo(1, 1);
  const logits = trainable['logits/kernel'].data;
  const limit = Math.sqrt(6 / 74);
  expect(Math.max(...logits)).toBeLessThanOrEqual(limit);
  expect(Math.max(...logits)).toBeGreaterThan(limit * 0.95);
  expect([...trainable['stem.bn/gamma'].data].every((v) => v === 1)).toBe(true);
  expect(initialise(spec, createRng(1)).trainable).toEqual(trainable);
  expect(initialise(spec, createRng(2)).trainable).not.toEqual(trainable);
});

test('a scaled resnet stays a valid model', () => {
  const spec = referenceTeachers.resnet.build('small', { input: [32, 32, 3], classes: 10 });
  const half = scaleWidth(spec, 0.5);
  expect(inferShapes(half).get('block6')).toEqual([8, 8, 64]);
  expect(inferShapes(half).get('logits')).toEqual([10]);
});
