import { front, type Point } from '../../core/pareto.js';
import type { Prediction } from './GaussianProcess.js';

/**
 * Expected hypervolume improvement, exact for independent normal objectives, all minimised. The region that no point of the
 * front dominates is cut into boxes below the reference; as a point at f improves it by the volume of {z in region, f <= z},
 * EHVI = sum over boxes of the product over objectives of G(high) - G(low), with
 *   G(b) = integral of P(f <= z) dz up to b = (b - mean) Phi(u) + sd phi(u), u = (b - mean) / sd,
 * the form of Yang, Emmerich, Deutz, Bäck 2019 (doi:10.1016/j.swevo.2018.09.003). The boxes are slabs along the last
 * objective, each cut in the next: n + 1 of them for two objectives, about n² for three.
 */
export class ExpectedImprovement {
  /** Coordinates of the cuts of each objective, ascending: -Infinity first, the reference last. */
  private readonly cuts: readonly (readonly number[])[];
  /** Boxes as indices of cuts: low and high of each objective, one box after the other. */
  private readonly boxes: Int32Array;
  private readonly values: Float64Array[];

  /** @param points need not be a front, nor lie below the reference */
  constructor(points: readonly Point[], reference: Point) {
    const inside = points.filter((p) => p.every((v, m) => v < reference[m]));
    const best = front(inside).map((i) => inside[i]);
    this.cuts = reference.map((r, m) => [-Infinity, ...[...new Set(best.map((p) => p[m]))].sort((a, b) => a - b), r]);
    const boxes: number[] = [];
    const indexOf = this.cuts.map((cut) => new Map(cut.map((v, i) => [v, i])));
    const at = best.map((p) => p.map((v, m) => indexOf[m].get(v) ?? 0));
    cutBoxes(
      at,
      this.cuts.map((cut) => cut.length - 1),
      reference.length - 1,
      [],
      boxes,
    );
    this.boxes = Int32Array.from(boxes);
    this.values = this.cuts.map((cut) => new Float64Array(cut.length));
  }

  of(predictions: readonly Prediction[]): number {
    const objectives = this.cuts.length;
    for (let m = 0; m < objectives; m++) {
      const { mean, sd } = predictions[m];
      const cut = this.cuts[m];
      for (let i = 1; i < cut.length; i++) this.values[m][i] = integral(cut[i], mean, sd);
    }
    let sum = 0;
    for (let at = 0; at < this.boxes.length; at += 2 * objectives) {
      let product = 1;
      for (let m = 0; m < objectives && product > 0; m++) {
        product *= this.values[m][this.boxes[at + 2 * m + 1]] - this.values[m][this.boxes[at + 2 * m]];
      }
      sum += product;
    }
    return sum;
  }
}

/**
 * Appends the boxes of the region that no point dominates in objectives 0..m; `outer` is the box in those after m.
 * Points are given by the indices of their cuts.
 */
function cutBoxes(
  points: readonly (readonly number[])[],
  ends: readonly number[],
  m: number,
  outer: readonly number[],
  boxes: number[],
): void {
  if (m === 0) {
    const high = Math.min(ends[0], ...points.map((p) => p[0]));
    boxes.push(0, high, ...outer);
    return;
  }
  const levels = [0, ...[...new Set(points.map((p) => p[m]))].sort((a, b) => a - b), ends[m]];
  for (let i = 0; i + 1 < levels.length; i++) {
    // What limits the slab: the points that are at least as good there in objective m.
    const limiting = levels[i] === 0 ? [] : points.filter((p) => p[m] <= levels[i]);
    cutBoxes(limiting, ends, m - 1, [levels[i], levels[i + 1], ...outer], boxes);
  }
}

/** G(b) of the class comment; 0 for b = -Infinity is never asked. */
function integral(b: number, mean: number, sd: number): number {
  const gap = b - mean;
  if (!(sd > 1e-12)) return Math.max(0, gap);
  const u = gap / sd;
  if (u < -8) return 0;
  if (u > 8) return gap;
  return gap * normalCdf(u) + (sd * Math.exp(-0.5 * u * u)) / Math.sqrt(2 * Math.PI);
}

/** Standard normal distribution function by Hart's rational approximation (West 2005), off by 1e-15 at most. Exported for its test. */
export function normalCdf(u: number): number {
  const z = Math.abs(u);
  if (z > 37) return u > 0 ? 1 : 0;
  const e = Math.exp((-z * z) / 2);
  let tail: number;
  if (z < 7.07106781186547) {
    // Horner's rule, written out: this is most of what an improvement costs.
    let top = 3.52624965998911e-2 * z + 0.700383064443688;
    top = ((top * z + 6.37396220353165) * z + 33.912866078383) * z + 112.079291497871;
    top = (top * z + 221.213596169931) * z + 220.206867912376;
    let bottom = 8.83883476483184e-2 * z + 1.75566716318264;
    bottom = ((bottom * z + 16.064177579207) * z + 86.7807322029461) * z + 296.564248779674;
    bottom = ((bottom * z + 637.333633378831) * z + 793.826512519948) * z + 440.413735824752;
    tail = (e * top) / bottom;
  } else {
    tail = e / ((z + 1 / (z + 2 / (z + 3 / (z + 4 / (z + 0.65))))) * 2.506628274631);
  }
  return u > 0 ? 1 - tail : tail;
}
