import { describe, expect, it } from 'vitest';
import { viewOf } from '../../src/data/augmentation.js';
import { epochOrder, fillBatch } from '../../src/data/batches.js';
import type { AugmentationPolicy } from '../../src/data/Dataset.js';
import { computeNormalisation } from '../../src/data/normalisation.js';
import { synthetic } from './synthetic.js';

const policy: AugmentationPolicy = { shift: 2, flip: true, views: 4, seed: 11 };

describe('viewOf', () => {
  it('is a function of seed, image and view alone, in any order', () => {
    const forward = Array.from({ length: 50 }, (_, i) => viewOf(policy, i, i % 4));
    const backward = Array.from({ length: 50 }, (_, i) => viewOf({ ...policy }, 49 - i, (49 - i) % 4)).reverse();
    expect(forward).toEqual(backward);
    expect(Array.from({ length: 50 }, (_, i) => viewOf({ ...policy, seed: 12 }, i, i % 4))).not.toEqual(forward);
  });

  it('repeats after `views` views', () => {
    for (let image = 0; image < 100; image++) {
      for (let view = 0; view < 4; view++) expect(viewOf(policy, image, view + 4)).toEqual(viewOf(policy, image, view));
    }
  });

  it('takes every shift and flip about equally often', () => {
    const counts = new Map<string, number>();
    for (let image = 0; image < 2500; image++) {
      for (let view = 0; view < 4; view++) {
        const { dx, dy, flip } = viewOf(policy, image, view);
        const key = `${dx},${dy},${flip}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
    expect(counts.size).toBe(50);
    // 10,000 draws of 50 outcomes: 200 expected, standard deviation 14; 5 of them either way.
    for (const n of counts.values()) expect(Math.abs(n - 200)).toBeLessThan(70);
  });

  it('does nothing where nothing is allowed', () => {
    expect(viewOf({ shift: 0, flip: false, views: 1, seed: 3 }, 5, 9)).toEqual({ dx: 0, dy: 0, flip: false });
  });
});

describe('fillBatch', () => {
  it.each([
    [[5, 7, 3], policy],
    [[4, 4, 1], policy],
    [[3, 2, 3], { ...policy, shift: 4 }],
    [[5, 7, 3], undefined],
  ] as const)('agrees with a pixel-by-pixel reference: shape %j', (shape, how) => {
    const data = synthetic([20, 13], { shape });
    const [height, width, channels] = shape;
    const normalisation = { mean: [0.5, 0.25, 0.1].slice(0, channels), std: [0.2, 0.5, 2].slice(0, channels) };
    const indices = Int32Array.from([30, 2, 17, 9, 5, 32, 0]);
    const size = 4;
    const out = new Float32Array(size * height * width * channels).fill(NaN);
    fillBatch({ dataset: data, indices, start: 2, size, normalisation, out, view: 3, ...(how ? { policy: how } : {}) });
    for (let i = 0; i < size; i++) {
      const image = indices[2 + i];
      const { dx, dy, flip } = how ? viewOf(how, image, 3) : { dx: 0, dy: 0, flip: false };
      // First mirrored as a whole, then moved, with the edge repeated.
      const pixel = (y: number, x: number, c: number) => {
        const yy = Math.min(Math.max(y, 0), height - 1);
        const xx = Math.min(Math.max(x, 0), width - 1);
        return data.images[((image * height + yy) * width + (flip ? width - 1 - xx : xx)) * channels + c];
      };
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          for (let c = 0; c < channels; c++) {
            const expected = (pixel(y - dy, x - dx, c) / 255 - normalisation.mean[c]) / normalisation.std[c];
            expect(out[((i * height + y) * width + x) * channels + c]).toBeCloseTo(expected, 5);
          }
        }
      }
    }
  });
});

describe('epochOrder', () => {
  it('is a permutation, the same for a seed and epoch', () => {
    const order = epochOrder(101, 's', 3);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 101 }, (_, i) => i));
    expect(epochOrder(101, 's', 3)).toEqual(order);
    expect(epochOrder(101, 's', 4)).not.toEqual(order);
    expect(epochOrder(101, 't', 3)).not.toEqual(order);
  });
});

describe('computeNormalisation', () => {
  it('gives mean 0 and standard deviation 1 in each channel over the images it was computed from', () => {
    const data = synthetic([30, 30], { shape: [3, 4, 3] });
    const indices = Int32Array.from([1, 5, 8, 22, 40]);
    const normalisation = computeNormalisation(data, indices);
    const out = new Float32Array(5 * 36);
    fillBatch({ dataset: data, indices, start: 0, size: 5, normalisation, out });
    for (let c = 0; c < 3; c++) {
      const values = [...out].filter((_, i) => i % 3 === c);
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
      expect(mean).toBeCloseTo(0, 5);
      expect(variance).toBeCloseTo(1, 4);
    }
  });

  it('does not divide by zero for constant images', () => {
    const data = synthetic([3, 3]);
    data.images.fill(51);
    const { mean, std } = computeNormalisation(data, Int32Array.of(0, 1));
    expect(mean[0]).toBeCloseTo(0.2, 12);
    expect(std[0]).toBeGreaterThan(0);
  });
});
