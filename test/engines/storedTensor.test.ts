import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import type { HostTensor, HostTensors, Tensors } from '../../src/engines/Engine.js';
import { float16ToNumbers, numbersToFloat16 } from '../../src/engines/float16.js';
import { exportOnnx } from '../../src/engines/onnx/exportOnnx.js';
import { readInitialisers } from '../../src/engines/onnx/readInitialisers.js';
import { storeTensor, storedValues, type StorageFormat, type StoredTensor } from '../../src/engines/StoredTensor.js';
import * as tf from '../../src/engines/tf.js';
import { difference, normal, runOnCpu, seeded } from './onnxHelpers.js';

const rng = seeded('stored');
const folder = mkdtempSync(join(tmpdir(), 'stored-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What TF.js's own reader makes of a stored weight: the independent reference. */
async function readByTfjs(stored: StoredTensor): Promise<Float32Array> {
  await tf.setBackend('cpu');
  const quantization =
    stored.format === 'uint8'
      ? { dtype: 'uint8' as const, scale: stored.scale, min: -stored.zeroPoint * stored.scale }
      : { dtype: 'float16' as const };
  const { w } = tf.io.decodeWeights(stored.data.slice().buffer as ArrayBuffer, [
    { name: 'w', shape: [...stored.shape], dtype: 'float32', quantization },
  ]);
  const values = Float32Array.from(w.dataSync());
  w.dispose();
  return values;
}

describe('float16', () => {
  // IEEE 754 binary16, as numpy.float16 gives it; ties go to the even neighbour.
  it.each([
    [0, 0],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [0.1, 0x2e66],
    [1 / 3, 0x3555],
    [65504, 0x7bff],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [2 - 2 ** -12, 0x4000],
    [2 ** -14, 0x0400],
    [2 ** -14 - 2 ** -25, 0x0400],
    [2 ** -24, 1],
    [2 ** -25, 0],
    [3 * 2 ** -25, 2],
    [1e-30, 0],
    [65520, 0x7c00],
    [NaN, 0x7e00],
  ])('%d', (value, half) => {
    expect(numbersToFloat16(Float32Array.of(value))[0]).toBe(half);
  });

  it('reads every half as TF.js does, and writes it back as it was', async () => {
    const halves = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((half) => (half & 0x7c00) !== 0x7c00);
    const values = float16ToNumbers(halves);
    expect(values).toEqual(await readByTfjs({ format: 'float16', shape: [halves.length], data: halves }));
    expect(numbersToFloat16(values)).toEqual(halves);
  });
});

describe('uint8', () => {
  it.each([
    ['both signs', (i: number) => Math.sin(i) - 0.2],
    ['positive', (i: number) => 3 + Math.sin(i)],
    ['negative', (i: number) => -3 + Math.sin(i)],
    ['zeros', () => 0],
    ['one value', () => 0.7],
    ['huge', (i: number) => (i % 2 ? 3e38 : -3e38)],
    ['tiny', (i: number) => i * 1e-42],
  ])('%s: half a step at most, the same numbers as TF.js reads', async (_name, at) => {
    const data = Float32Array.from({ length: 500 }, (_, i) => at(i));
    const stored = storeTensor('w', { shape: [20, 25], dtype: 'float32', data }, 'uint8');
    if (stored.format !== 'uint8') throw new Error('uint8 expected');
    const values = storedValues(stored);
    expect(values).toEqual(await readByTfjs(stored));
    // At the ends of the range the rounding of the zero point may cost another half.
    const allowed = Math.max(stored.scale * 1.0001, 1e-37);
    data.forEach((value, i) => expect(Math.abs(value - values[i])).toBeLessThanOrEqual(allowed));
  });

  it('keeps zeros zero', () => {
    const data = Float32Array.of(0, -0.31, 0, 1.07, 0.4);
    const values = storedValues(storeTensor('w', { shape: [5], dtype: 'float32', data }, 'uint8'));
    expect([values[0], values[2]]).toEqual([0, 0]);
  });
});

it.each([
  ['float16', 70_000],
  ['float16', NaN],
  ['uint8', Infinity],
  ['float32', NaN],
] as const)('%s refuses %d, naming the weight', (format, value) => {
  const tensor = { shape: [2], dtype: 'float32', data: Float32Array.of(1, value) } as const;
  expect(() => storeTensor('head/kernel', tensor, format)).toThrow(/head\/kernel holds (70000|NaN|Infinity)/);
});

describe('an ONNX file with stored weights', () => {
  const params: HostTensors = {
    'c/kernel': normal(rng, [3, 3, 2, 4], 0.3),
    'c/bias': normal(rng, [4]),
    'd/kernel': normal(rng, [3, 3, 4, 1], 0.3),
    'f/kernel': normal(rng, [4, 5]),
  };
  const fn = (p: Tensors, { image }: Tensors): Tensors => {
    const h = tf.relu(tf.add(tf.conv2d(image as tf.Tensor4D, p['c/kernel'] as tf.Tensor4D, 2, 'same'), p['c/bias']));
    const d = tf.depthwiseConv2d(h as tf.Tensor4D, p['d/kernel'] as tf.Tensor4D, 1, 'same');
    return { logits: tf.matMul(tf.mean(d, [1, 2]) as tf.Tensor2D, p['f/kernel'] as tf.Tensor2D) };
  };
  const matrices = (format: StorageFormat) => (shape: readonly number[]) => (shape.length >= 2 ? format : 'float32');
  const whole = (format: StorageFormat) => () => format;

  it.each([
    ['float32', whole('float32'), 4 * (72 + 4 + 36 + 20)],
    ['float16', whole('float16'), 2 * (72 + 4 + 36 + 20)],
    ['uint8 with float32 vectors', matrices('uint8'), 72 + 4 * 4 + 36 + 20 + 3 * 5],
  ])(
    '%s: onnxruntime computes with the stored numbers; its named initialisers have their bytes',
    async (_n, storage, bytes) => {
      const model = exportOnnx({
        fn,
        params,
        storage,
        inputs: { image: { shape: [1, 9, 7, 2], dtype: 'float32' } },
        outputs: ['logits'],
      });
      const rounded: HostTensors = Object.fromEntries(
        Object.entries(params).map(([name, p]): [string, HostTensor] => [
          name,
          { ...p, data: storedValues(storeTensor(name, p, storage(p.shape))) },
        ]),
      );
      const image = normal(rng, [3, 9, 7, 2]);
      const expected = (await runOnCpu((p, x) => ({ outputs: fn(p, x) }), rounded, { image })).outputs.logits;
      const session = await InferenceSession.create(model);
      const { logits } = await session.run({
        image: new Tensor('float32', Float32Array.from(image.data), image.shape),
      });
      await session.release();
      const actual = { shape: logits.dims, dtype: 'float32' as const, data: logits.data as Float32Array };
      expect(difference(actual, expected)).toBeLessThan(1e-5);

      const file = join(folder, 'model.onnx');
      writeFileSync(file, model);
      const named = [...readInitialisers(file)].filter(([name]) => name.includes('/'));
      expect(named.reduce((sum, [, size]) => sum + size, 0)).toBe(bytes);
    },
  );
});
