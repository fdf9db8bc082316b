import type { ArchitectureKernel, Codes, Features } from './ArchitectureKernel.js';
import { extendCholesky, solveLower, solveUpper } from './cholesky.js';
import type { Hyperparameters } from './fitHyperparameters.js';

export interface Prediction {
  readonly mean: number;
  readonly sd: number;
}

/** An architecture and its covariances by choices with a process's points: what those of one that differs in few choices follow from. */
export interface Located {
  readonly codes: Codes;
  readonly covariances: Float64Array;
}

/**
 * A Gaussian process over architectures, Rasmussen and Williams 2006, algorithm 2.1; targets in their own units. Its covariance is
 * that of the choices and, where points have features, that of a linear function of these with normal slopes (section 2.1.2).
 */
export class GaussianProcess {
  private count = 0;
  private readonly targets: Float64Array;
  /** For each choice the codes of all points: predictions walk along them. */
  private readonly columns: readonly Uint16Array[];
  /** For each feature the values of all points. */
  private readonly features: readonly Float64Array[];
  private readonly factors: readonly { readonly stride: number; readonly table: Float64Array }[];
  private readonly factor: Float64Array;
  private readonly alpha: Float64Array;
  /** False when points came or went after the last solution. */
  private solved = false;
  private readonly shift: number;
  private readonly scale: number;
  private readonly buffer: Float64Array;
  private readonly ratios: Float64Array;

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
    features: readonly Features[] = [],
    /** By how much each target may be off beside the noise, in squared units of y; default: not at all. */
    variances: readonly number[] = [],
  ) {
    ({ shift: this.shift, scale: this.scale } = standardisation(y));
    const most = x.length + room;
    this.factor = new Float64Array(most * most);
    this.targets = new Float64Array(most);
    this.alpha = new Float64Array(most);
    this.buffer = new Float64Array(most + 1);
    this.factors = kernel.factors(parameters.weights);
    this.ratios = new Float64Array(this.factors.reduce((widest, { stride }) => Math.max(widest, stride), 1));
    this.columns = this.factors.map(() => new Uint16Array(most));
    this.features = Array.from(parameters.slopes, () => new Float64Array(most));
    x.forEach((point, i) => this.add(point, y[i], features[i], variances[i]));
  }

  get size(): number {
    return this.count;
  }

  get room(): number {
    return this.targets.length - this.count;
  }

  /** One more point, in O(n²). @param variance by which the value may be off beside the noise, in its squared units */
  add(point: Codes, value: number, features: Features = [], variance = 0): void {
    const i = this.count;
    const row = this.sloped(this.covariances(point), features);
    const { noise, variance: ofFunction } = this.parameters;
    row[i] = this.ownVariance(features) + noise + variance / (this.scale ** 2 * ofFunction);
    // The bounds of the noise keep R positive definite in float64; a breach is a defect, not bad data.
    if (!extendCholesky(this.factor, this.targets.length, i, row))
      throw new RangeError(`not positive definite at point ${i}`);
    this.columns.forEach((column, d) => (column[i] = point[d]));
    this.features.forEach((values, c) => (values[i] = features[c]));
    this.targets[i] = (value - this.shift) / this.scale;
    this.count++;
    this.solved = false;
  }

  /** Adds a pending point with its predicted mean as the lie (kriging believer, Ginsbourger et al. 2010). */
  believe(point: Codes, features?: Features): number {
    const mean = this.predictMean(point, undefined, features);
    this.add(point, mean, features);
    return mean;
  }

  /** Forgets all points but the first `count`. */
  truncate(count: number): void {
    this.count = count;
    this.solved = false;
  }

  locate(codes: Codes): Located {
    return { codes, covariances: this.covariances(codes).slice(0, this.count) };
  }

  /** @param near one that `locate` returned since the last point came: quicker if few choices differ from it */
  predict(point: Codes, near?: Located, features: Features = []): Prediction {
    const n = this.count;
    const k = this.sloped(this.covariances(point, near), features);
    const mean = this.meanOf(k);
    solveLower(this.factor, this.targets.length, n, k);
    let explained = 0;
    for (let i = 0; i < n; i++) explained += k[i] * k[i];
    const variance = Math.max(0, this.ownVariance(features) - explained) * this.parameters.variance;
    return { mean, sd: this.scale * Math.sqrt(variance) };
  }

  /** The mean alone costs O(n) instead of O(n²). */
  predictMean(point: Codes, near?: Located, features: Features = []): number {
    return this.meanOf(this.sloped(this.covariances(point, near), features));
  }

  /** Adds the slopes' part to a point's covariances. */
  private sloped(k: Float64Array, features: Features): Float64Array {
    this.features.forEach((values, c) => {
      const factor = this.parameters.slopes[c] * features[c];
      for (let i = 0; i < this.count; i++) k[i] += factor * values[i];
    });
    return k;
  }

  private ownVariance(features: Features): number {
    return this.parameters.slopes.reduce((sum, slope, c) => sum + slope * features[c] ** 2, 1);
  }

  private meanOf(k: Float64Array): number {
    if (!this.solved) this.solve();
    let mean = 0;
    for (let i = 0; i < this.count; i++) mean += k[i] * this.alpha[i];
    return this.shift + this.scale * mean;
  }

  /**
   * Of a point with all points by their choices, over the function's variance; in a buffer that the next call writes over. The kernel is a product
   * over choices, so that beside a point whose covariances are known only the choices that differ are walked along.
   */
  private covariances(point: Codes, near?: Located): Float64Array {
    const n = this.count;
    const k = this.buffer;
    let differing = 0;
    if (near !== undefined) for (let d = 0; d < point.length; d++) if (point[d] !== near.codes[d]) differing++;
    if (near !== undefined && 2 * differing < point.length) {
      k.set(near.covariances);
      for (let d = 0; d < point.length; d++) {
        if (point[d] === near.codes[d]) continue;
        const { stride, table } = this.factors[d];
        const [now, before] = [point[d] * stride, near.codes[d] * stride];
        for (let c = 0; c < stride; c++) this.ratios[c] = table[now + c] / table[before + c];
        const column = this.columns[d];
        for (let i = 0; i < n; i++) k[i] *= this.ratios[column[i]];
      }
      return k;
    }
    k.fill(1, 0, n);
    for (let d = 0; d < point.length; d++) {
      const { stride, table } = this.factors[d];
      const row = point[d] * stride;
      const column = this.columns[d];
      for (let i = 0; i < n; i++) k[i] *= table[row + column[i]];
    }
    return k;
  }

  private solve(): void {
    const n = this.count;
    const alpha = this.alpha;
    alpha.set(this.targets);
    solveLower(this.factor, this.targets.length, n, alpha);
    solveUpper(this.factor, this.targets.length, n, alpha);
    this.solved = true;
  }
}

/** Mean and standard deviation, 1 where all are equal. */
export function standardisation(y: readonly number[]): { shift: number; scale: number } {
  const shift = y.reduce((a, b) => a + b, 0) / y.length;
  const scale = Math.sqrt(y.reduce((sum, v) => sum + (v - shift) ** 2, 0) / y.length);
  return { shift, scale: scale > 0 ? scale : 1 };
}
