import { describe, expect, test } from 'vitest';
import { digestOf } from '../../src/core/digest.js';
import { createRng } from '../../src/core/rng.js';
import type { ChoiceValue } from '../../src/spaces/SearchSpace.js';
import { architectureIds } from '../../src/spaces/architectureId.js';
import { loadSpace } from '../../src/spaces/loadSpace.js';

describe('the id of an architecture is the digest of its choices', () => {
  test.each(['mobile-cnn', 'tiny-vit', 'resnet-convnext', 'attention-fusion', 'text-student'])('%s', (name) => {
    const space = loadSpace(name);
    const rng = createRng(name);
    for (let i = 0; i < 50; i++) {
      const architecture = space.sample(rng);
      expect(space.id(architecture)).toBe(digestOf(architecture.choices));
      const turned = { choices: Object.fromEntries(Object.entries(architecture.choices).reverse()) };
      expect(space.id(turned)).toBe(space.id(architecture));
    }
  });

  test('names that are numbers, null, and what is not of the space', () => {
    const id = architectureIds([
      { name: 'b', values: [1, null, 'x"y'], affects: 'architecture' },
      { name: '10', values: [true], affects: 'architecture' },
      { name: '9', values: [0.5], affects: 'architecture' },
    ]);
    const some: Record<string, ChoiceValue>[] = [
      { b: null, '10': true, '9': 0.5 },
      { b: 'x"y' },
      {},
      { b: 7 },
      { b: 1, alien: 2 },
    ];
    for (const choices of some) {
      expect(id({ choices })).toBe(digestOf(choices));
    }
  });
});
