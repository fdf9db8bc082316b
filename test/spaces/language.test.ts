import { describe, expect, test } from 'vitest';
import { NasDistillError } from '../../src/core/errors.js';
import { createRng } from '../../src/core/rng.js';
import { parseSpace } from '../../src/spaces/parseSpace.js';

const head = `name: t
stem: { block: conv, width: 8 }
`;

function failure(text: string): string {
  try {
    parseSpace(text, 'x.yaml');
  } catch (error) {
    if (error instanceof NasDistillError && error.code === 'SPACE') return error.message;
    throw error;
  }
  throw new Error('parsed');
}

describe('errors name file, line, column and key', () => {
  test.each([
    [
      'an unknown block',
      `${head}stages:\n  - width: 8\n    block: mbconvv\n`,
      /^x\.yaml:5:12 stages\[0\]\.block: "mbconvv": unknown block \(known: conv, /,
    ],
    [
      'a near miss',
      `${head}stages:\n  - { width: 8, block: [conv, seperable] }\n`,
      /^x\.yaml:4:31 stages\[0\]\.block\[1\]: .*did you mean "separable"/,
    ],
    [
      'an unknown key',
      `${head}stages:\n  - { width: 8, block: conv, kernal: 3 }\n`,
      /^x\.yaml:4:30 stages\[0\]\.kernal: unknown key "kernal" \(did you mean "kernel"/,
    ],
    ['an unknown section', `${head}stage: []\n`, /^x\.yaml:3:1 stage: unknown key/],
    [
      'a field of another block',
      `${head}stages:\n  - { width: 8, block: conv, expansion: 4 }\n`,
      /^x\.yaml:4:41 stages\[0\]\.expansion: no block of this stage has the field expansion/,
    ],
    [
      'a value out of range',
      `${head}stages:\n  - { width: [8, -1], block: conv }\n`,
      /^x\.yaml:4:18 stages\[0\]\.width\[1\]: -1:/,
    ],
    [
      'a stride and a dilation at once',
      `${head}stages:\n  - { width: 8, block: resnext, stride: [1, 2], dilation: [1, 3] }\n`,
      /^x\.yaml:4:5 stages\[0\]: block resnext cannot have stride 2 and dilation 3 at once/,
    ],
    [
      'a missing width',
      `${head}stages:\n  - { block: conv }\n`,
      /^x\.yaml:4:5 stages\[0\]: width is missing: block conv needs it/,
    ],
    ['no stages', head, /^x\.yaml:1:1 stages is missing/],
    [
      'an empty list',
      `${head}stages:\n  - { block: conv, width: [] }\n`,
      /^x\.yaml:4:27 stages\[0\]\.width: the list of alternatives is empty/,
    ],
    ['a value listed twice', `${head}stages:\n  - { block: conv, width: [8, 8] }\n`, /listed twice/],
    [
      'an unknown reference',
      `${head}choices: { w: [8, 16] }\nstages:\n  - { block: conv, width: $v }\n`,
      /^x\.yaml:5:27 stages\[0\]\.width: no choice is called "v"/,
    ],
    [
      'a choice that nothing uses',
      `${head}choices: { w: [8, 16] }\nstages:\n  - { block: conv, width: 8 }\n`,
      /^x\.yaml:3:15 choices\.w: nothing uses this choice/,
    ],
    [
      'a reference of a wrong kind',
      `${head}choices: { w: [8, a] }\nstages:\n  - { block: conv, width: $w }\n`,
      /choice w: "a": must be a whole number/,
    ],
    [
      'a when of no value',
      `${head}choices: { k: { values: [3, 5], when: { stage1.block: vit } } }\nstages:\n  - { block: [conv, separable], width: 8, kernel: $k }\n`,
      /choices\.k\.when\.stage1\.block: stage1\.block never is "vit"/,
    ],
    [
      'a circle',
      `${head}stages:\n  - { block: [conv, identity], width: 8, repeats: [0, 1] }\n`,
      /depend on each other in a circle/,
    ],
    [
      'a baseline of nothing',
      `${head}stages:\n  - { block: conv, width: [8, 16] }\nbaseline: { stage1.width: 9 }\n`,
      /^x\.yaml:5:27 baseline\.stage1\.width: 9 is no value/,
    ],
    ['broken YAML', `name: [\n`, /^x\.yaml:2:1 /],
    ['a duplicate key', `name: a\nname: b\n`, /^x\.yaml:2:1 .*unique/],
    ['a list at the top', `- 1\n`, /^x\.yaml:1:1 expected a mapping/],
    ['an empty file', ``, /^x\.yaml:1:1 expected a mapping, found nothing/],
    [
      'a negative loss weight',
      `${head}stages: [{ block: conv, width: 8 }]\nlosses: { kd: [{ loss: kd, weight: -1 }] }\n`,
      /losses\.kd\[0\]\.weight: -1: must be a number of at least 0/,
    ],
  ])('%s', (_what, text, pattern) => {
    expect(failure(text)).toMatch(pattern);
    expect(failure(text)).not.toContain('\n');
  });
});

describe('conditional choices', () => {
  const space = parseSpace(
    `${head}
choices:
  k: { values: [3, 5], when: { stage1.block: separable } }
  act: [relu, silu]
stages:
  - { block: [conv, separable, identity], width: [8, 16], kernel: $k }
  - { block: [inverted_residual, identity], width: 8, expansion: [1, 2, 4], activation: $act }
losses:
  kd: [{ loss: kd, weight: [0.5, 1], options: { temperature: [1, 2, 4] } }, { loss: ce }]
  none: []
`,
    'x.yaml',
  );

  test('the count is exact', () => {
    // stage 1: conv 2 widths, separable 2 x 2, identity 1 = 7; stage 2: 3 x 2 activations + identity 1 = 7; losses 2 x 3 + 1 = 7.
    expect(space.count()).toBe(343n);
    expect(new Set([...space.enumerate()].map((a) => space.id(a))).size).toBe(343);
  });

  test('fields that the chosen block does not use are absent', () => {
    const rng = createRng(1);
    for (let i = 0; i < 300; i++) {
      const { choices } = space.sample(rng);
      expect('stage1.width' in choices).toBe(choices['stage1.block'] !== 'identity');
      expect('k' in choices).toBe(choices['stage1.block'] === 'separable');
      expect('act' in choices).toBe(choices['stage2.block'] === 'inverted_residual');
    }
  });

  test('recipe choices set the losses and are marked as such', () => {
    const names = space.choices.filter((c) => c.affects === 'recipe').map((c) => c.name);
    expect(names).toEqual(['losses', 'losses.kd[0].weight', 'losses.kd[0].options.temperature']);
    const rng = createRng(2);
    const fixed = { losses: 'kd', 'losses.kd[0].weight': 0.5, 'losses.kd[0].options.temperature': 4 };
    expect(space.losses(space.complete(fixed, rng))).toEqual([
      { loss: 'kd', weight: 0.5, options: { temperature: 4 } },
      { loss: 'ce', weight: 1 },
    ]);
    expect(space.losses(space.complete({ losses: 'none' }, rng))).toEqual([{ loss: 'ce', weight: 1 }]);
  });

  test('architectures of another space are refused', () => {
    const good = space.sample(createRng(3));
    expect(() => space.validate({ choices: { ...good.choices, more: 1 } })).toThrow(/more does not exist/);
    expect(() => space.validate({ choices: {} })).toThrow(/is missing/);
    expect(() => space.validate({ choices: { ...good.choices, 'stage1.block': 'vit' } })).toThrow(/cannot be "vit"/);
  });

  test('every value of an active choice is drawn about equally often', () => {
    const rng = createRng(4);
    const counts = new Map<unknown, number>();
    for (let i = 0; i < 3000; i++) {
      const value = space.sample(rng).choices['stage1.block'];
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });
});

test('the digest depends on what is parsed, not on comments or layout', () => {
  const a = parseSpace(`${head}stages: [{ block: conv, width: [8, 16] }]\n`, 'a.yaml');
  const b = parseSpace(`${head}# note\nstages:\n  - width: [8, 16]\n    block: conv\n`, 'b.yaml');
  const c = parseSpace(`${head}stages: [{ block: conv, width: [8, 24] }]\n`, 'a.yaml');
  expect(a.digest).toBe(b.digest);
  expect(a.digest).not.toBe(c.digest);
});

test('a YAML alias shares a list between stages, each its own choice', () => {
  const space = parseSpace(
    `${head}stages:\n  - { block: conv, width: &w [8, 16] }\n  - { block: conv, width: *w }\n`,
    'x.yaml',
  );
  expect(space.choices.map((c) => c.name)).toEqual(['stage1.width', 'stage2.width']);
  expect(space.count()).toBe(4n);
});
