import type { ArchitectureKernel, Codes } from './ArchitectureKernel.js';
import { cholesky, inverseFrom, solveLower, solveUpper } from './cholesky.js';

export interface Hyperparameters {
  /** One a choice. */
  readonly weights: Float64Array;
  /** Variance of the noise over that of the function. */
  readonly noise: number;
  /** Variance of the function. */
  readonly variance: number;
}

const steps = 24;
const bounds = { weight: [Math.log(1e-3), Math.log(5)], noise: [Math.log(1e-5), Math.log(3)] } as const;

/** Normal priors on the logarithms; wide, they only hold what the data leave open. */
const priors = { weight: { mean: Math.log(0.15), sd: 1.5 }, noise: { mean: Math.log(1e-3), sd: 2.5 } };

/**
 * The most probable hyper-parameters given the data: log marginal likelihood (Rasmussen and Williams 2006, equations 5.8
 * and 5.9) with the function's variance maximised in closed form and log-normal priors on the rest, ascended by Rprop
 * (iRprop-, Igel and Huesken 2003) from the priors' means. A function of the data alone.
 * @param y standardised targets
 */
export function fitHyperparameters(kernel: ArchitectureKernel, x: readonly Codes[], y: Float64Array): Hyperparameters {
  const p = kernel.dimensions + 1;
  const theta = new Float64Array(p).fill(priors.weight.mean);
  theta[p - 1] = priors.noise.mean;
  const size = new Float64Array(p).fill(0.4);
  let before: Float64Array = new Float64Array(p);
  let best: { value: number; theta: Float64Array; variance: number } | undefined;
  for (let step = 0; step < steps; step++) {
    const at = posterior(kernel, x, y, theta);
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
      const [low, high] = i < p - 1 ? bounds.weight : bounds.noise;
      theta[i] = Math.min(high, Math.max(low, theta[i] + Math.sign(gradient[i]) * size[i]));
    }
    before = gradient;
  }
  if (best === undefined) return { weights: theta.subarray(0, p - 1).map(Math.exp), noise: 1, variance: 1 };
  return {
    weights: best.theta.subarray(0, p - 1).map(Math.exp),
    noise: Math.exp(best.theta[p - 1]),
    variance: best.variance,
  };
}

/** Log posterior of the logarithms `theta` and its gradient, up to a constant. Exported for its test. */
export function posterior(
  kernel: ArchitectureKernel,
  x: readonly Codes[],
  y: Float64Array,
  theta: Float64Array,
): { value: number; gradient: Float64Array; variance: number } | undefined {
  const n = x.length;
  const p = theta.length;
  const weights = theta.subarray(0, p - 1).map(Math.exp);
  const noise = Math.exp(theta[p - 1]);
  const r = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) r[i * n + j] = kernel.value(x[i], x[j], weights);
    r[i * n + i] = 1 + noise;
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
      const slope = ((alpha[i] * alpha[j]) / variance - inverse[i * n + j]) * r[i * n + j];
      const [a, b] = [x[i], x[j]];
      for (let d = 0; d < p - 1; d++) if (a[d] !== b[d]) gradient[d] -= slope * kernel.delta(d, a, b);
    }
    gradient[p - 1] += 0.5 * ((alpha[i] * alpha[i]) / variance - inverse[i * n + i]) * noise;
  }
  for (let i = 0; i < p; i++) {
    if (i < p - 1) gradient[i] *= weights[i];
    const { mean, sd } = i < p - 1 ? priors.weight : priors.noise;
    const z = (theta[i] - mean) / sd;
    value -= 0.5 * z * z;
    gradient[i] -= z / sd;
  }
  return { value, gradient, variance };
}
