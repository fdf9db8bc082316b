import type { Architecture, SearchSpace } from '../../spaces/SearchSpace.js';

/** An architecture as one code a choice: 0 where the choice is inactive, else 1 + the index of its value. */
export type Codes = Uint16Array;

/** What else is known of an architecture, as standardised numbers: its costs. An objective may have a slope along each of them. */
export type Features = readonly number[];

/** Of numbers: what being different counts beside the distance. */
const step = 0.2;

/**
 * The kernel of architectures, k(x, y) = exp(-sum_d w_d delta_d(x_d, y_d)), with one weight a choice (ARD). delta is 0 for
 * equal values and 1 for different ones (Hamming; Hutter, Hoos, Leyton-Brown 2011, doi:10.1007/978-3-642-25566-3_40);
 * between numbers four fifths of it are the squared distance of their ranks, so that widths and depths are smooth; an inactive
 * choice equals only itself. As exp(-w [x != y]) = e⁻ʷ (1 + (eʷ - 1) [x = y]), the product over choices is an ANOVA kernel:
 * small weights under a large variance give sums of main effects, large ones interactions of every order.
 */
export class ArchitectureKernel {
  readonly dimensions: number;
  /** For each choice a table of deltas, [code, code] flattened. */
  private readonly deltas: readonly Float64Array[];
  private readonly sizes: readonly number[];
  private readonly index: readonly { readonly name: string; readonly codes: ReadonlyMap<unknown, number> }[];

  constructor(space: SearchSpace) {
    const choices = space.choices.filter((choice) => choice.values.length > 1);
    this.dimensions = choices.length;
    this.index = choices.map(({ name, values }) => ({ name, codes: new Map(values.map((v, i) => [v, i + 1])) }));
    this.sizes = choices.map((choice) => choice.values.length + 1);
    this.deltas = choices.map(({ values }) => {
      const ordinal = values.length > 2 && values.every((v) => typeof v === 'number');
      const ranks = values.map((v) => values.filter((o) => Number(o) < Number(v)).length / (values.length - 1));
      const size = values.length + 1;
      return Float64Array.from({ length: size * size }, (_, at) => {
        const [a, b] = [Math.floor(at / size), at % size];
        if (a === b) return 0;
        return ordinal && a > 0 && b > 0 ? step + (1 - step) * (ranks[a - 1] - ranks[b - 1]) ** 2 : 1;
      });
    });
  }

  encode({ choices }: Architecture): Codes {
    const out = new Uint16Array(this.dimensions);
    for (let d = 0; d < out.length; d++) {
      const { name, codes } = this.index[d];
      if (Object.hasOwn(choices, name)) out[d] = codes.get(choices[name]) ?? 0;
    }
    return out;
  }

  /** delta of choice d. */
  delta(d: number, x: Codes, y: Codes): number {
    return this.deltas[d][x[d] * this.sizes[d] + y[d]];
  }

  /** For each choice the factors exp(-w delta) of the kernel, [code, code] flattened with `stride` codes a row. */
  factors(weights: Float64Array): { readonly stride: number; readonly table: Float64Array }[] {
    return this.deltas.map((deltas, d) => ({
      stride: this.sizes[d],
      table: deltas.map((v) => Math.exp(-v * weights[d])),
    }));
  }

  value(x: Codes, y: Codes, weights: Float64Array): number {
    let sum = 0;
    for (let d = 0; d < this.dimensions; d++) {
      if (x[d] !== y[d]) sum += weights[d] * this.deltas[d][x[d] * this.sizes[d] + y[d]];
    }
    return Math.exp(-sum);
  }
}
