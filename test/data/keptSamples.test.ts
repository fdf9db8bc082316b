import { expect, it } from 'vitest';
import { fillBatch } from '../../src/data/batches.js';
import { keepSamples, placeOf } from '../../src/data/keptSamples.js';
import { computeNormalisation } from '../../src/data/normalisation.js';
import { sampleViewer } from '../../src/data/sampleViewer.js';
import { synthetic } from './synthetic.js';

const whole = synthetic([20, 13], { shape: [5, 4, 3] });
const train = Int32Array.from([2, 5, 9, 17, 30]);
const validation = Int32Array.from([1, 9, 32]);
const policy = { shift: 1, flip: true, views: 3, seed: 4, mixing: { mixup: 0.5, cutmix: 0.5, probability: 1 } };

it('what is kept is seen as in the whole, under its old indices, partners of mixed images among it', async () => {
  const part = keepSamples(whole, train, validation);
  expect(part.images).toHaveLength(7 * 60);
  expect(part.images.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect([part.count, part.digest, part.labels]).toEqual([whole.count, whole.digest, whole.labels]);
  const normalisation = computeNormalisation(whole, train);
  expect(computeNormalisation(part, train)).toEqual(normalisation);
  const batch = (dataset: typeof whole, indices: Int32Array, view?: number) => {
    const out = new Float32Array(indices.length * 60);
    const how = view === undefined ? {} : { policy, view, pool: train };
    fillBatch({ dataset, indices, start: 0, size: indices.length, normalisation, out, ...how });
    return out;
  };
  for (const view of [undefined, 0, 1, 2]) expect(batch(part, train, view)).toEqual(batch(whole, train, view));
  expect(batch(part, validation)).toEqual(batch(whole, validation));
  const [shown, known] = [await sampleViewer(part), await sampleViewer(whole)];
  for (const index of validation) expect(shown(index)).toEqual(known(index));
  // Of a part, a part.
  expect(batch(keepSamples(part, validation), validation)).toEqual(batch(whole, validation));
});

it('what is not kept is refused, and where all is kept nothing is copied', () => {
  const part = keepSamples(whole, train);
  expect(() => placeOf(part, 3)).toThrow(/sample 3 of .* only those of the study's splits are kept/);
  expect(() => keepSamples(part, validation)).toThrow('sample 1 of');
  expect(
    keepSamples(
      whole,
      Int32Array.from({ length: whole.count }, (_, i) => i),
    ),
  ).toBe(whole);
});
