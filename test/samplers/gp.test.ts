import { describe, expect, test } from 'vitest';
import { hypervolume } from '../../src/core/pareto.js';
import { createRng } from '../../src/core/rng.js';
import { ArchitectureKernel, type Codes } from '../../src/samplers/gp/ArchitectureKernel.js';
import { cholesky, extendCholesky, inverseFrom, solveLower, solveUpper } from '../../src/samplers/gp/cholesky.js';
import { ExpectedImprovement, normalCdf } from '../../src/samplers/gp/ExpectedImprovement.js';
import { fitHyperparameters, posterior } from '../../src/samplers/gp/fitHyperparameters.js';
import { GaussianProcess, standardisation } from '../../src/samplers/gp/GaussianProcess.js';
import { loadSpace } from '../../src/spaces/loadSpace.js';

const rng = createRng('gp');
/** A random symmetric positive definite matrix. */
const spd = (n: number) => {
  const m = Float64Array.from({ length: n * n }, () => rng.normal());
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = i === j ? 0.5 : 0;
    for (let k = 0; k < n; k++) sum += m[i * n + k] * m[j * n + k];
    return sum;
  });
};
const times = (a: Float64Array, b: Float64Array, n: number) =>
  Float64Array.from({ length: n * n }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += a[Math.floor(at / n) * n + k] * b[k * n + (at % n)];
    return sum;
  });

describe('Cholesky', () => {
  test('a factor by hand', () => {
    // [[4, 2], [2, 5]] = [[2, 0], [1, 2]] [[2, 1], [0, 2]]
    expect(cholesky(Float64Array.of(4, 2, 2, 5), 2)).toEqual(Float64Array.of(2, 0, 1, 2));
  });

  test('factor, solutions and inverse multiply back', () => {
    const n = 9;
    const a = spd(n);
    const l = cholesky(a, n) ?? expect.fail('not positive definite');
    const transposed = l.map((_, at) => l[(at % n) * n + Math.floor(at / n)]);
    times(l, transposed, n).forEach((v, at) => expect(v).toBeCloseTo(a[at], 10));
    times(a, inverseFrom(l, n), n).forEach((v, at) => expect(v).toBeCloseTo(Math.floor(at / n) === at % n ? 1 : 0, 9));
    const b = Float64Array.from({ length: n }, () => rng.normal());
    const x = b.slice();
    solveLower(l, n, n, x);
    solveUpper(l, n, n, x);
    b.forEach((v, i) => {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += a[i * n + k] * x[k];
      expect(sum).toBeCloseTo(v, 9);
    });
  });

  test('a matrix that is not positive definite has none', () => {
    expect(cholesky(Float64Array.of(1, 2, 2, 1), 2)).toBeUndefined();
    expect(extendCholesky(new Float64Array(4), 2, 0, [-1])).toBe(false);
  });
});

describe('kernel', () => {
  const space = loadSpace('mobile-cnn');
  const kernel = new ArchitectureKernel(space);
  const weights = new Float64Array(kernel.dimensions).fill(0.2);

  test('is 1 for equal architectures, symmetric, smaller the more choices differ', () => {
    const [a, b] = [space.sample(rng), space.sample(rng)].map((x) => kernel.encode(x));
    expect(kernel.value(a, a, weights)).toBe(1);
    expect(kernel.value(a, b, weights)).toBe(kernel.value(b, a, weights));
    const one = a.slice();
    one[0] = one[0] === 1 ? 2 : 1;
    expect(kernel.value(a, one, weights)).toBeLessThan(1);
    expect(kernel.value(a, b, weights)).toBeLessThan(kernel.value(a, one, weights));
  });

  test('different architectures have different codes, inactive choices code 0', () => {
    const codes = new Set<string>();
    const ids = new Set<string>();
    for (let i = 0; i < 300; i++) {
      const a = space.sample(rng);
      const code = kernel.encode(a);
      codes.add(String(code));
      ids.add(space.id(a));
      const active = space.choices.filter((c) => c.values.length > 1 && Object.hasOwn(a.choices, c.name)).length;
      expect(code.filter((v) => v > 0)).toHaveLength(active);
    }
    expect(codes.size).toBe(ids.size);
  });
});

/** Eight choices of a space that has them, random codes. */
function sampled(count: number): { kernel: ArchitectureKernel; x: Codes[] } {
  const space = loadSpace('mobile-cnn');
  const kernel = new ArchitectureKernel(space);
  return { kernel, x: Array.from({ length: count }, () => kernel.encode(space.sample(rng))) };
}

describe('Gaussian process', () => {
  const none = new Float64Array(0);

  test('two points by hand', () => {
    const { kernel, x } = sampled(2);
    const weights = new Float64Array(kernel.dimensions).fill(0.05);
    const k = kernel.value(x[0], x[1], weights);
    const model = new GaussianProcess(
      kernel,
      { weights, slopes: none, noise: 0.1, variance: 2 },
      [x[0], x[1]],
      [3, 5],
      0,
    );
    // Standardised targets -1 and 1 under R = [[1.1, k], [k, 1.1]]: R^-1 y = y / (1.1 - k); at x[0]: mean (k - 1) / (1.1 - k).
    const expected = 4 + (k - 1) / (1.1 - k);
    const at = model.predict(x[0]);
    expect(at.mean).toBeCloseTo(expected, 10);
    expect(model.predictMean(x[0])).toBeCloseTo(expected, 12);
    const det = 1.1 * 1.1 - k * k;
    const explained = (1.1 * 1 - 2 * k * k + 1.1 * k * k) / det;
    expect(at.sd).toBeCloseTo(Math.sqrt(2 * (1 - explained)), 10);
  });

  test('two points with a feature, one of them uncertain, by hand', () => {
    const { kernel, x } = sampled(2);
    const weights = new Float64Array(kernel.dimensions).fill(0.05);
    const parameters = { weights, slopes: new Float64Array([0.5]), noise: 0.1, variance: 2 };
    const [f, g] = [-1, 2];
    const model = new GaussianProcess(kernel, parameters, [x[0], x[1]], [3, 5], 0, [[f], [g]], [0, 0.8]);
    // In units of the function's variance; targets are standardised by 1, so that 0.8 is 0.4 of it.
    const k = kernel.value(x[0], x[1], weights) + 0.5 * f * g;
    const [a, b] = [1 + 0.5 * f * f + 0.1, 1 + 0.5 * g * g + 0.1 + 0.4];
    const det = a * b - k * k;
    const [c, d] = [1 + 0.5 * f * f, k];
    const weightsOf = [(b * c - k * d) / det, (a * d - k * c) / det];
    const at = model.predict(x[0], undefined, [f]);
    expect(at.mean).toBeCloseTo(4 - weightsOf[0] + weightsOf[1], 10);
    expect(model.predictMean(x[0], model.locate(x[1]), [f])).toBeCloseTo(at.mean, 10);
    expect(at.sd).toBeCloseTo(Math.sqrt(2 * (c - weightsOf[0] * c - weightsOf[1] * d)), 10);
  });

  test('what follows a feature is found again where nothing was seen', () => {
    const { kernel, x } = sampled(60);
    const features = x.map(() => [rng.normal(), rng.normal()]);
    const target = ([f]: number[]) => 3 - 2 * f;
    const y = features.map(target);
    const { shift, scale } = standardisation(y);
    const fit = fitHyperparameters(
      kernel,
      x,
      Float64Array.from(y, (v) => (v - shift) / scale),
      features,
    );
    expect(fit.slopes[0]).toBeGreaterThan(20 * fit.slopes[1]);
    const model = new GaussianProcess(kernel, fit, x, y, 0, features);
    const others = sampled(20).x;
    for (const other of others) {
      const feature = [4 * rng.normal(), rng.normal()];
      const near = model.locate(x[0]);
      const mean = model.predictMean(other, undefined, feature);
      expect(Math.abs(mean - target(feature))).toBeLessThan(0.5);
      expect(model.predictMean(other, near, feature)).toBeCloseTo(mean, 8);
    }
  });

  test('a believed point narrows what is around it and moves nothing at it', () => {
    const { kernel, x } = sampled(30);
    const weights = new Float64Array(kernel.dimensions).fill(0.1);
    const y = x.map((_, i) => Math.sin(i));
    const model = new GaussianProcess(
      kernel,
      { weights, slopes: none, noise: 1e-3, variance: 1 },
      x.slice(1),
      y.slice(1),
      1,
    );
    const before = model.predict(x[0]);
    const lie = model.believe(x[0]);
    const after = model.predict(x[0]);
    expect(lie).toBeCloseTo(before.mean, 10);
    expect(after.mean).toBeCloseTo(before.mean, 3);
    expect(after.sd).toBeLessThan(before.sd / 5);
  });

  test('the gradient of the posterior is that of finite differences', () => {
    const { kernel, x } = sampled(15);
    const y = Float64Array.from(x, () => rng.normal());
    const features = x.map(() => [rng.normal(), rng.normal()]);
    const variances = x.map((_, i) => (i % 3) * 0.2);
    const theta = Float64Array.from({ length: kernel.dimensions + 3 }, (_, i) => -2 + 0.05 * i);
    const at = posterior(kernel, x, y, theta, features, variances) ?? expect.fail('not positive definite');
    const h = 1e-5;
    for (let i = 0; i < theta.length; i++) {
      const moved = [h, -h].map((step) => {
        const t = theta.slice();
        t[i] += step;
        return posterior(kernel, x, y, t, features, variances)?.value ?? NaN;
      });
      expect((moved[0] - moved[1]) / (2 * h)).toBeCloseTo(at.gradient[i], 4);
    }
  });

  test('finds which choice matters, and how noisy the targets are', () => {
    const { kernel, x } = sampled(80);
    const signal = x.map((codes) => codes[2]);
    const standardised = (y: number[]) => {
      const mean = y.reduce((a, b) => a + b, 0) / y.length;
      const sd = Math.sqrt(y.reduce((a, b) => a + (b - mean) ** 2, 0) / y.length);
      return Float64Array.from(y, (v) => (v - mean) / sd);
    };
    const clean = fitHyperparameters(kernel, x, standardised(signal));
    expect(clean.weights.indexOf(Math.max(...clean.weights))).toBe(2);
    expect(clean.noise).toBeLessThan(0.01);
    const noisy = fitHyperparameters(kernel, x, standardised(signal.map((v) => v + rng.normal())));
    expect(noisy.noise).toBeGreaterThan(clean.noise * 5);
  });
});

describe('expected hypervolume improvement', () => {
  test('the normal distribution function, against tables', () => {
    expect(normalCdf(0)).toBeCloseTo(0.5, 15);
    expect(normalCdf(1)).toBeCloseTo(0.841344746068543, 13);
    expect(normalCdf(-1.959963984540054)).toBeCloseTo(0.025, 13);
    expect(normalCdf(-8)).toBeCloseTo(6.22096057427178e-16, 22);
    expect(normalCdf(40)).toBe(1);
  });

  test('one objective is the expected improvement of the textbook', () => {
    // EI = (best - mean) Phi(u) + sd phi(u), here u = 1: 0.5 * 0.841345 + 0.5 * 0.241971.
    const improvement = new ExpectedImprovement([[1]], [3]);
    expect(improvement.of([{ mean: 0.5, sd: 0.5 }])).toBeCloseTo(0.5 * 0.841344746 + 0.5 * 0.241970725, 8);
  });

  test.each([2, 3, 4])('%i objectives: certain points improve by what the hypervolume says', (objectives) => {
    const draw = () => Array.from({ length: objectives }, () => rng.uniform());
    const points = Array.from({ length: 12 }, draw);
    const reference = Array.from({ length: objectives }, () => 0.9);
    const improvement = new ExpectedImprovement(points, reference);
    for (let i = 0; i < 40; i++) {
      const p = draw();
      const gain = hypervolume([...points, p], reference) - hypervolume(points, reference);
      expect(improvement.of(p.map((mean) => ({ mean, sd: 0 })))).toBeCloseTo(gain, 10);
    }
  });

  test.each([2, 3])('%i objectives: uncertain ones agree with the mean over 40,000 draws', (objectives) => {
    const draw = () => Array.from({ length: objectives }, () => rng.uniform());
    const points = Array.from({ length: 6 }, draw);
    const reference = Array.from({ length: objectives }, () => 1);
    const improvement = new ExpectedImprovement(points, reference);
    const base = hypervolume(points, reference);
    const mean = draw();
    let sum = 0;
    const draws = 40_000;
    for (let i = 0; i < draws; i++) {
      sum += hypervolume([...points, mean.map((m) => m + 0.3 * rng.normal())], reference) - base;
    }
    const expected = improvement.of(mean.map((m) => ({ mean: m, sd: 0.3 })));
    expect(Math.abs(sum / draws - expected)).toBeLessThan(0.02 * expected + 0.001);
  });

  test('no front yet: the volume below the reference', () => {
    expect(
      new ExpectedImprovement([], [1, 2]).of([
        { mean: 0, sd: 0 },
        { mean: 0, sd: 0 },
      ]),
    ).toBeCloseTo(2, 12);
  });
});
