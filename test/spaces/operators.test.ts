import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkSpaceOperators } from '../../src/cli/checkSpaceOperators.js';
import { withoutTeacher } from '../../src/distillation/TrainingConfig.js';
import type { EngineName } from '../../src/engines/Engine.js';
import { einsum, lowerBound, mul, reshape, type Rank, type Tensor, type Tensor1D } from '../../src/engines/tf.js';
import { layers } from '../../src/models/layers/registry.js';
import { parseStudyConfig } from '../../src/search/StudyConfig.js';
import { trainingOf } from '../../src/search/trainingOf.js';
import { listSpaces, loadSpace } from '../../src/spaces/loadSpace.js';

const check = (name: string, engine: EngineName) => {
  const space = loadSpace(name);
  const context =
    space.samples === 'images'
      ? { input: [28, 28, 1], classes: 10 }
      : { input: [24], classes: 10, vocabulary: { size: 300, unknown: 1 } };
  return checkSpaceOperators({
    space,
    engine,
    build: (architecture) => space.toModelSpec(architecture, context),
    training: (architecture) => withoutTeacher(trainingOf(parseStudyConfig({}), space.recipe(architecture))),
    classes: 10,
  });
};

afterEach(() => vi.restoreAllMocks());

describe('operators of a space, before a search', () => {
  it.each(listSpaces())('onnx has all of %s', async (name) => {
    const count = await check(name, 'onnx');
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(40);
  });

  // Each engine lacks one that the other has.
  it.each([
    ['onnx', 'SearchSorted', (flat: Tensor1D) => lowerBound(flat, flat)],
    ['wasm', 'Einsum', (flat: Tensor1D) => einsum('i,i->i', flat, flat)],
  ] as const)(
    '%s lacks %s: it is named with its layer, however seldom that is used',
    async (engine, kernel, lacked) => {
      // One value of one choice of text-student leads here: the largest over the tokens, in its head.
      const own = layers.global_max_pool.apply.bind(layers.global_max_pool);
      vi.spyOn(layers.global_max_pool, 'apply').mockImplementation((node, inputs, context) => {
        const y: Tensor = own(node, inputs, context);
        return mul(y, reshape(lacked(reshape<Rank.R1>(y, [y.size])), y.shape));
      });
      await expect(check('text-student', engine)).rejects.toMatchObject({
        code: 'ENGINE_UNSUPPORTED',
        exitCode: 4,
        message: expect.stringMatching(
          new RegExp(`^space text-student: .*${kernel}.*, in layer \\S*global_max_pool1$`),
        ),
      });
    },
  );
});
