import { describe, expect, test } from 'vitest';
import { inferShapes } from '../../src/models/inferShapes.js';
import { validateModelSpec } from '../../src/models/validateModelSpec.js';
import { GraphBuilder } from '../../src/spaces/GraphBuilder.js';
import type { ChoiceValue } from '../../src/spaces/SearchSpace.js';
import type { BlockEntry } from '../../src/spaces/blocks/BlockEntry.js';
import { blocks } from '../../src/spaces/blocks/registry.js';

/** Values to try for every field that exists; a field without an entry here fails the test. */
const tries: Readonly<Record<string, readonly ChoiceValue[]>> = {
  width: [8, 12],
  stride: [1, 2],
  kernel: [3, 5],
  expansion: [1, 2.5],
  activation: ['relu', 'hard_swish', 'linear'],
  se: [0, 0.25],
  heads: [1, 3],
  reduction: [1, 4],
  dilation: [1, 3],
  group_width: [2, 5],
  layer_scale: [0, 0.1],
  drop_path: [0, 0.1],
  patch: [1, 4],
  dropout: [0, 0.1],
  kernels: ['3', '1-2-5'],
  vocabulary: [0, 20],
  inner: [0, 5],
  positions: [false, true],
};
const ofImages = { input: [8, 8, 4], classes: 5 };
const ofTexts = { input: [7], classes: 5, vocabulary: { size: 50, unknown: 1 } };
const all = Object.entries<BlockEntry>(blocks);

function combinations(fields: readonly string[]): Record<string, ChoiceValue>[] {
  return fields.reduce<Record<string, ChoiceValue>[]>(
    (all, field) => all.flatMap((one) => tries[field].map((value) => ({ ...one, [field]: value }))),
    [{}],
  );
}

describe.each(all.filter(([, block]) => block.input === 'image'))('block %s', (_name, block) => {
  const fields = Object.keys(block.fields);

  test.each([[[7, 9, 8]], [[1, 1, 3]]])('every combination of fields builds from %j, grids and tokens', (input) => {
    for (const combination of combinations(fields)) {
      if (block.exclusive?.every((field) => Number(combination[field]) > 1)) continue;
      for (const tokens of [false, true]) {
        const builder = new GraphBuilder([input[0], input[1], input[2]]);
        builder.enter('a', 'first');
        const x = tokens ? builder.toTokens(builder.input) : builder.input;
        const y = block.build(builder, x, combination, ofImages);
        const stride = Number(combination.stride ?? combination.patch ?? 1);
        const width = Number(combination.width ?? input[2]);
        const grid = [Math.ceil(input[0] / stride), Math.ceil(input[1] / stride)];
        const positions = y.shape.length === 3 ? y.shape[0] * y.shape[1] : y.shape[0];
        expect(positions).toBe(grid[0] * grid[1]);
        expect(y.shape[y.shape.length - 1]).toBe(width);
        builder.enter('b', 'second');
        const z = block.build(
          builder,
          y,
          { ...combination, ...('stride' in combination ? { stride: 1 } : {}) },
          ofImages,
        );
        // The builder's shapes are the ones that the models room infers.
        const model = builder.finish(builder.dense(builder.globalPool(z), 5));
        validateModelSpec(model);
        const shapes = inferShapes(model);
        expect(shapes.get(y.node) ?? input).toEqual(y.shape);
        expect(shapes.get(z.node) ?? input).toEqual(z.shape);
      }
    }
  });

  test('defaults fill what is not given; values outside the range are refused', () => {
    const builder = new GraphBuilder([8, 8, 4]);
    const required: Record<string, ChoiceValue> = 'width' in block.fields ? { width: 8 } : {};
    expect(() => block.build(builder, builder.input, required, ofImages)).not.toThrow();
    if ('width' in block.fields) expect(() => block.build(builder, builder.input, { width: 0 }, ofImages)).toThrow();
  });
});

describe.each(all.filter(([, block]) => block.input === 'text'))('block %s', (name, block) => {
  test('every combination of fields builds on tokens, once and again', () => {
    for (const combination of combinations(Object.keys(block.fields))) {
      const builder = new GraphBuilder(ofTexts.input);
      builder.enter('stem', 'stem');
      const embedded = name === 'embedding' ? builder.input : builder.embedding(builder.input, 50, 6);
      builder.enter('a', 'first');
      const y = block.build(builder, embedded, combination, ofTexts);
      expect(y.shape).toEqual([7, combination.width]);
      builder.enter('b', 'second');
      const z = name === 'embedding' ? y : block.build(builder, y, combination, ofTexts);
      const model = builder.finish(builder.dense(builder.globalMax(z), 5));
      expect(validateModelSpec(model).inputKind).toBe('tokens');
      const shapes = inferShapes(model);
      expect(shapes.get(y.node)).toEqual(y.shape);
      expect(shapes.get(z.node)).toEqual(z.shape);
      // Whatever looks across positions knows where padding is.
      for (const node of model.nodes) {
        const looks = ['lstm', 'gru', 'attention', 'global_max_pool', 'global_avg_pool'].includes(node.op);
        if (looks) expect(node.inputs).toHaveLength(2);
      }
    }
  });
});

test('an embedding of fewer words reads the others as unknown; a factorised one has a narrow table', () => {
  const builder = new GraphBuilder(ofTexts.input);
  blocks.embedding.build(builder, builder.input, { width: 8, vocabulary: 20, inner: 3 }, ofTexts);
  const { nodes } = builder.finish(builder.input);
  expect(nodes[1]).toMatchObject({ op: 'embedding', vocabulary: 20, unknown: 1, width: 3 });
  expect(nodes[2]).toMatchObject({ op: 'dense', units: 8 });
});

test('a second block of the same shape has a shortcut, an inverted residual counts as in the paper', () => {
  const builder = new GraphBuilder([8, 8, 16]);
  builder.enter('x', 'x');
  blocks.inverted_residual.build(builder, builder.input, { width: 16, expansion: 6 }, ofImages);
  const { nodes } = builder.finish(builder.input);
  expect(nodes.map((n) => n.op)).toEqual([
    'conv2d',
    'batch_norm',
    'activation',
    'depthwise_conv2d',
    'batch_norm',
    'activation',
    'conv2d',
    'batch_norm',
    'add',
  ]);
  expect(nodes[0]).toMatchObject({ filters: 96, kernel: 1, useBias: false });
  expect(nodes[8].inputs).toEqual(['input', nodes[7].name]);
});
