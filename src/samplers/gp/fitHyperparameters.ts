import type { ArchitectureKernel, Codes, Features } from './ArchitectureKernel.js';
import { cholesky, inverseFrom, solveLower, solveUpper } from './cholesky.js';

export interface Hyperparameters {
  /** One a choice. */
  readonly weights: Float64Array;
  /** One a feature: variance of its slope over that of the function; empty where there are no features. */
  readonly slopes: Float64Array;
  /** Variance of the noise over that of the function. */
  readonly noise: number;
  /** Variance of the function. */
  readonly variance: number;
}

const steps = 24;
const bounds = {
  weight: [Math.log(1e-3), Math.log(5)],
  slope: [Math.log(1e-4), Math.log(10)],
  noise: [Math.log(1e-5), Math.log(3)],
} as const;

/** Normal priors on the logarithms; wide, they only hold what the data leave open. */
const priors = {
  weight: { mean: Math.log(0.15), sd: 1.5 },
  slope: { mean: Math.log(0.1), sd: 1.5 },
  noise: { mean: Math.log(1e-2), sd: 2.5 },
};
/** Where the ascent begins: among little noise it is flat, as its slope falls with the noise. */
const firstNoise = Math.log(0.1);
type Kind = keyof typeof bounds;

/**
 * The most probable hyper-parameters given the data: log marginal likelihood (Rasmussen and Williams 2006, equations 5.8
 * and 5.9) with the function's variance maximised in closed form and log-normal priors on the rest, ascended by Rprop
 * (iRprop-, Igel and Huesken 2003) from the priors' means. A function of the data alone.
 * @param y standardised targets
 * @param features of each point, if any
 * @param variances by which each target may be off beside the noise, if any is
 */
export function fitHyperparameters(
  kernel: ArchitectureKernel,
  x: readonly Codes[],
  y: Float64Array,
  features: readonly Features[] = [],
  variances: readonly number[] = [],
): Hyperparameters {
  const kinds = kindsOf(kernel, features);
  const p = kinds.length;
  const theta = Float64Array.from(kinds, (kind) => (kind === 'noise' ? firstNoise : priors[kind].mean));
  const size = new Float64Array(p).fill(0.4);
  let before: Float64Array = new Float64Array(p);
  let best: { value: number; theta: Float64Array; variance: number } | undefined;
  for (let step = 0; step < steps; step++) {
    const at = posterior(kernel, x, y, theta, features, variances);
    // Not positive definite: equal points under too little noise.
    if (at === undefined) {
      theta[p - 1] = Math.min(bounds.noise[1], theta[p - 1] + 1);
      continue;
    }
    if (best === undefined || at.value > best.value) best = { ...at, theta: theta.slice() };
    const gradient = at.gradient;
    for (let i = 0; i < p; i++) {
      const agreement = gradient[i] * before[i];
      if (agreement > 0) size[i] = Math.min(1.5, size[i] * 1.3);
      else if (agreement < 0) {
        size[i] *= 0.5;
        gradient[i] = 0;
      }
      const [low, high] = bounds[kinds[i]];
      theta[i] = Math.min(high, Math.max(low, theta[i] + Math.sign(gradient[i]) * size[i]));
    }
    before = gradient;
  }
  const d = kernel.dimensions;
  const found = best?.theta ?? theta;
  const shapes = { weights: found.subarray(0, d).map(Math.exp), slopes: found.subarray(d, p - 1).map(Math.exp) };
  if (best === undefined) return { ...shapes, noise: 1, variance: 1 };
  return { ...shapes, noise: Math.exp(found[p - 1]), variance: best.variance };
}

/** What each hyper-parameter is: one weight a choice, one slope a feature, the noise. */
function kindsOf(kernel: ArchitectureKernel, features: readonly Features[]): Kind[] {
  const slopes = features.length === 0 ? 0 : features[0].length;
  const kinds = [...Array<Kind>(kernel.dimensions).fill('weight'), ...Array<Kind>(slopes).fill('slope')];
  return [...kinds, 'noise'];
}

/** Log posterior of the logarithms `theta` and its gradient, up to a constant. Exported for its test. */
export function posterior(
  kernel: ArchitectureKernel,
  x: readonly Codes[],
  y: Float64Array,
  theta: Float64Array,
  features: readonly Features[] = [],
  variances: readonly number[] = [],
): { value: number; gradient: Float64Array; variance: number } | undefined {
  const n = x.length;
  const kinds = kindsOf(kernel, features);
  const [p, dimensions] = [theta.length, kernel.dimensions];
  const weights = theta.subarray(0, dimensions).map(Math.exp);
  const slopes = theta.subarray(dimensions, p - 1).map(Math.exp);
  const noise = Math.exp(theta[p - 1]);
  // Of the choices alone: the slopes' part is added beside it.
  const k = new Float64Array(n * n);
  const r = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      k[i * n + j] = i === j ? 1 : kernel.value(x[i], x[j], weights);
      r[i * n + j] = k[i * n + j];
      for (let c = 0; c < slopes.length; c++) r[i * n + j] += slopes[c] * features[i][c] * features[j][c];
    }
    // In units of the function's variance, which is about that of the targets; its closed form below asks for a fixed share.
    r[i * n + i] += noise + (variances[i] ?? 0);
  }
  const l = cholesky(r, n);
  if (l === undefined) return undefined;
  const alpha = y.slice();
  solveLower(l, n, n, alpha);
  let fit = 0;
  for (let i = 0; i < n; i++) fit += alpha[i] * alpha[i];
  solveUpper(l, n, n, alpha);
  // A weak inverse-gamma-like floor keeps the variance of constant targets positive.
  const variance = Math.max(fit / n, 1e-9);
  let value = -(n / 2) * Math.log(variance);
  for (let i = 0; i < n; i++) value -= Math.log(l[i * n + i]);
  const inverse = inverseFrom(l, n);
  const gradient = new Float64Array(p);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      // d value / d r_ij, both triangles.
      const change = (alpha[i] * alpha[j]) / variance - inverse[i * n + j];
      const slope = change * k[i * n + j];
      const [a, b] = [x[i], x[j]];
      for (let d = 0; d < dimensions; d++) if (a[d] !== b[d]) gradient[d] -= slope * kernel.delta(d, a, b);
      for (let c = 0; c < slopes.length; c++) gradient[dimensions + c] += change * features[i][c] * features[j][c];
    }
    const change = 0.5 * ((alpha[i] * alpha[i]) / variance - inverse[i * n + i]);
    for (let c = 0; c < slopes.length; c++) gradient[dimensions + c] += change * features[i][c] ** 2;
    gradient[p - 1] += change * noise;
  }
  for (let i = 0; i < p; i++) {
    if (kinds[i] !== 'noise') gradient[i] *= Math.exp(theta[i]);
    const { mean, sd } = priors[kinds[i]];
    const z = (theta[i] - mean) / sd;
    value -= 0.5 * z * z;
    gradient[i] -= z / sd;
  }
  return { value, gradient, variance };
}
