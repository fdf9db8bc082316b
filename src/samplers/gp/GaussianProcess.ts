import type { ArchitectureKernel, Codes } from './ArchitectureKernel.js';
import { extendCholesky, solveLower, solveUpper } from './cholesky.js';
import type { Hyperparameters } from './fitHyperparameters.js';

export interface Prediction {
  readonly mean: number;
  readonly sd: number;
}

/** A Gaussian process over architectures, Rasmussen and Williams 2006, algorithm 2.1; targets in their own units. */
export class GaussianProcess {
  private readonly points: Codes[] = [];
  private readonly targets: number[] = [];
  private readonly stride: number;
  private readonly factor: Float64Array;
  private alpha = new Float64Array(0);
  private readonly shift: number;
  private readonly scale: number;

  /**
   * @param room how many points may be added later
   * @throws RangeError if the hyper-parameters make no positive definite matrix: more noise is needed
   */
  constructor(
    private readonly kernel: ArchitectureKernel,
    private readonly parameters: Hyperparameters,
    x: readonly Codes[],
    y: readonly number[],
    room: number,
  ) {
    ({ shift: this.shift, scale: this.scale } = standardisation(y));
    this.stride = x.length + room;
    this.factor = new Float64Array(this.stride * this.stride);
    x.forEach((point, i) => this.grow(point, (y[i] - this.shift) / this.scale));
    this.solve();
  }

  /** Adds a pending point with its predicted mean as the lie (kriging believer, Ginsbourger et al. 2010). */
  believe(point: Codes): number {
    const { mean } = this.predict(point);
    this.grow(point, (mean - this.shift) / this.scale);
    this.solve();
    return mean;
  }

  predict(point: Codes): Prediction {
    const n = this.points.length;
    const k = new Float64Array(n);
    let mean = 0;
    for (let i = 0; i < n; i++) {
      k[i] = this.kernel.value(point, this.points[i], this.parameters.weights);
      mean += k[i] * this.alpha[i];
    }
    solveLower(this.factor, this.stride, n, k);
    let explained = 0;
    for (let i = 0; i < n; i++) explained += k[i] * k[i];
    const variance = Math.max(0, 1 - explained) * this.parameters.variance;
    return { mean: this.shift + this.scale * mean, sd: this.scale * Math.sqrt(variance) };
  }

  private grow(point: Codes, target: number): void {
    const i = this.points.length;
    const row = new Float64Array(i + 1);
    for (let j = 0; j < i; j++) row[j] = this.kernel.value(point, this.points[j], this.parameters.weights);
    row[i] = 1 + this.parameters.noise;
    // The bounds of the noise keep R positive definite in float64; a breach is a defect, not bad data.
    if (!extendCholesky(this.factor, this.stride, i, row)) throw new RangeError(`not positive definite at point ${i}`);
    this.points.push(point);
    this.targets.push(target);
  }

  private solve(): void {
    const n = this.points.length;
    const alpha = Float64Array.from(this.targets);
    solveLower(this.factor, this.stride, n, alpha);
    solveUpper(this.factor, this.stride, n, alpha);
    this.alpha = alpha;
  }
}

/** Mean and standard deviation, 1 where all are equal. */
export function standardisation(y: readonly number[]): { shift: number; scale: number } {
  const shift = y.reduce((a, b) => a + b, 0) / y.length;
  const scale = Math.sqrt(y.reduce((sum, v) => sum + (v - shift) ** 2, 0) / y.length);
  return { shift, scale: scale > 0 ? scale : 1 };
}
