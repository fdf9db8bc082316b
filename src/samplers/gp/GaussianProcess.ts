import type { ArchitectureKernel, Codes } from './ArchitectureKernel.js';
import { extendCholesky, solveLower, solveUpper } from './cholesky.js';
import type { Hyperparameters } from './fitHyperparameters.js';

export interface Prediction {
  readonly mean: number;
  readonly sd: number;
}

/** A Gaussian process over architectures, Rasmussen and Williams 2006, algorithm 2.1; targets in their own units. */
export class GaussianProcess {
  private readonly targets: number[] = [];
  /** For each choice the codes of all points: predictions walk along them. */
  private readonly columns: readonly Uint16Array[];
  private readonly weighted: readonly { readonly stride: number; readonly table: Float64Array }[];
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
    kernel: ArchitectureKernel,
    private readonly parameters: Hyperparameters,
    x: readonly Codes[],
    y: readonly number[],
    room: number,
  ) {
    ({ shift: this.shift, scale: this.scale } = standardisation(y));
    this.stride = x.length + room;
    this.factor = new Float64Array(this.stride * this.stride);
    this.weighted = kernel.weighted(parameters.weights);
    this.columns = this.weighted.map(() => new Uint16Array(this.stride));
    x.forEach((point, i) => this.grow(point, (y[i] - this.shift) / this.scale));
    this.solve();
  }

  /** Adds a pending point with its predicted mean as the lie (kriging believer, Ginsbourger et al. 2010). */
  believe(point: Codes): number {
    const mean = this.predictMean(point);
    this.grow(point, (mean - this.shift) / this.scale);
    this.solve();
    return mean;
  }

  predict(point: Codes): Prediction {
    const n = this.targets.length;
    const k = this.covariances(point);
    const mean = this.meanOf(k);
    solveLower(this.factor, this.stride, n, k);
    let explained = 0;
    for (let i = 0; i < n; i++) explained += k[i] * k[i];
    const variance = Math.max(0, 1 - explained) * this.parameters.variance;
    return { mean, sd: this.scale * Math.sqrt(variance) };
  }

  /** The mean alone costs O(n) instead of O(n²). */
  predictMean(point: Codes): number {
    return this.meanOf(this.covariances(point));
  }

  private meanOf(k: Float64Array): number {
    let mean = 0;
    for (let i = 0; i < k.length; i++) mean += k[i] * this.alpha[i];
    return this.shift + this.scale * mean;
  }

  /** Of a point with all points, over the function's variance: the kernel, a choice at a time. */
  private covariances(point: Codes): Float64Array {
    const n = this.targets.length;
    const k = new Float64Array(n);
    this.weighted.forEach(({ stride, table }, d) => {
      const row = point[d] * stride;
      const column = this.columns[d];
      for (let i = 0; i < n; i++) k[i] -= table[row + column[i]];
    });
    for (let i = 0; i < n; i++) k[i] = Math.exp(k[i]);
    return k;
  }

  private grow(point: Codes, target: number): void {
    const i = this.targets.length;
    const row = [...this.covariances(point), 1 + this.parameters.noise];
    // The bounds of the noise keep R positive definite in float64; a breach is a defect, not bad data.
    if (!extendCholesky(this.factor, this.stride, i, row)) throw new RangeError(`not positive definite at point ${i}`);
    this.columns.forEach((column, d) => (column[i] = point[d]));
    this.targets.push(target);
  }

  private solve(): void {
    const n = this.targets.length;
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
