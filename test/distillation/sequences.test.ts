import { expect, test } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { createAdapter, gridsOf } from '../../src/distillation/adapter.js';
import { openEngine } from '../../src/engines/registry.js';
import { tensor } from '../../src/engines/tf.js';
import { withBackend } from '../../src/engines/withBackend.js';

const names = { student: 'stage1', teacher: 'block1' };

test('sequences of one length belong together position by position, also where the length is no square', async () => {
  await openEngine('wasm', { threads: 1 });
  const adapter = createAdapter(names, [5, 2], [5, 3]);
  const values = adapter.init(createRng('adapter'));
  const student = Float32Array.from({ length: 10 }, (_, i) => i - 4);
  const mapped = withBackend('wasm', () => {
    const params = Object.fromEntries(Object.entries(values).map(([n, v]) => [n, tensor(v.data, [...v.shape])]));
    const teacher = tensor(new Float32Array(15), [1, 5, 3]);
    const out = adapter.apply(tensor(student, [1, 5, 2]), teacher, params).student;
    return { shape: out.shape, data: out.dataSync() };
  });
  expect(mapped.shape).toEqual([1, 5, 1, 3]);
  const { kernel, bias } = values;
  for (let t = 0; t < 5; t++) {
    for (let c = 0; c < 3; c++) {
      const expected = [0, 1].reduce((sum, i) => sum + student[2 * t + i] * kernel.data[3 * i + c], bias.data[c]);
      expect(mapped.data[3 * t + c]).toBeCloseTo(expected, 5);
    }
  }
});

test('sequences of two lengths that are no squares are refused, naming both', () => {
  expect(() => gridsOf(names, [5, 2], [6, 3])).toThrow(
    'student tap stage1 [5, 2] cannot be compared with teacher tap block1 [6, 3]',
  );
  // A grid beside a sequence of as many positions: which is which is not known.
  expect(() => gridsOf(names, [3, 2, 4], [6, 4])).toThrow('cannot be compared');
});
