import { describe, expect, test } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { validateModelSpec } from '../../src/models/validateModelSpec.js';
import { inferShapes } from '../../src/models/inferShapes.js';
import { listSpaces, loadSpace } from '../../src/spaces/loadSpace.js';

const ofImages = [
  { input: [28, 28, 1], classes: 10 },
  { input: [32, 32, 3], classes: 100 },
] as const;
const ofTexts = [
  { input: [24], classes: 45, vocabulary: { size: 8000, unknown: 1 } },
  { input: [7], classes: 2, vocabulary: { size: 900, unknown: 3 } },
] as const;

describe.each(listSpaces())('space %s', (name) => {
  const space = loadSpace(name);
  const rng = createRng(`contract/${name}`);
  const [contexts, foreign] = name.startsWith('text-') ? [ofTexts, ofImages] : [ofImages, ofTexts];

  test('data of the other kind is refused', () => {
    expect(() => space.toModelSpec(space.reference, foreign[0])).toThrow(/is for (texts|images), the data holds/);
  });

  test('200 samples are valid, build, and have a constant encoding', () => {
    const length = space.encode(space.sample(rng)).length;
    for (let i = 0; i < 200; i++) {
      const architecture = space.sample(rng);
      space.validate(architecture);
      const encoded = space.encode(architecture);
      expect(encoded.length).toBe(length);
      // One-hot: as many ones as active choices.
      expect(encoded.reduce((a, b) => a + b, 0)).toBe(Object.keys(architecture.choices).length);
      const context = contexts[i % 2];
      const model = space.toModelSpec(architecture, context);
      validateModelSpec(model);
      const shapes = inferShapes(model);
      expect(shapes.get(model.logits)).toEqual([context.classes]);
      expect(shapes.get(model.taps.embedding)).toHaveLength(1);
      for (const recipe of space.losses(architecture) ?? []) expect(recipe.weight).toBeGreaterThan(0);
    }
  });

  test('mutation changes an active choice and stays valid', () => {
    for (let i = 0; i < 200; i++) {
      const parent = space.sample(rng);
      const child = space.mutate(parent, rng);
      space.validate(child);
      expect(space.id(child)).not.toBe(space.id(parent));
    }
  });

  test('crossover stays valid and takes what both parents have in common', () => {
    for (let i = 0; i < 200; i++) {
      const [a, b] = [space.sample(rng), space.sample(rng)];
      const child = space.crossover(a, b, rng);
      space.validate(child);
      for (const [key, value] of Object.entries(child.choices)) {
        const theirs = [a, b].filter((p) => key in p.choices).map((p) => p.choices[key]);
        if (theirs.length > 0) expect(theirs).toContain(value);
      }
    }
  });

  test('equal seeds give equal samples; the id does not depend on the order of keys', () => {
    const draw = () => space.sample(createRng('same'));
    expect(draw()).toEqual(draw());
    const { choices } = draw();
    const reversed = { choices: Object.fromEntries(Object.entries(choices).reverse()) };
    expect(space.id(reversed)).toBe(space.id({ choices }));
  });

  test('the baseline grows with its width multiplier and builds at every size', () => {
    space.validate(space.reference);
    expect(space.baseline(1, contexts[0])).toEqual(space.toModelSpec(space.reference, contexts[0]));
    const widest = [0.1, 0.25, 0.5, 1, 2].map((m) => {
      const model = space.baseline(m, contexts[0]);
      validateModelSpec(model);
      return Math.max(...[...inferShapes(model).values()].map((s) => s[s.length - 1]));
    });
    expect(widest).toEqual([...widest].sort((a, b) => a - b));
    expect(widest[4]).toBeGreaterThan(widest[0]);
  });
});

test('the count of the minimal space is what enumeration finds, each a different architecture', () => {
  const space = loadSpace('minimal');
  const ids = new Set([...space.enumerate()].map((a) => space.id(a)));
  expect(space.count()).toBe(BigInt(ids.size));
  // stage 1: 2 blocks x 2 widths; stage 2: left out, or separable x 2 widths, or inverted x 2 widths x 2 expansions.
  expect(ids.size).toBe(4 * (1 + 2 + 4));
});
