import type { Rng } from '../core/rng.js';

type Node =
  | { readonly mean: number }
  | { readonly choice: number; readonly atMost: number; readonly low: Node; readonly high: Node };

/** A regression tree over small integer values; `splits` are the choices that it asks for. */
export interface Tree {
  readonly root: Node;
  readonly splits: ReadonlySet<number>;
}

const leafSize = 3;
const deepest = 12;

/**
 * Grows a tree from the rows of a sample (with repeats) by least squares, CART: at each node the best threshold among a
 * random half of the choices, at least three.
 * @param values [choice][row], integers from 0
 */
export function growTree(values: readonly Int16Array[], y: Float64Array, sample: Int32Array, rng: Rng): Tree {
  const splits = new Set<number>();
  const tries = Math.max(Math.min(3, values.length), Math.ceil(values.length / 2));
  const widths = values.map((column) => column.reduce((a, b) => Math.max(a, b), 0) + 1);
  const counts = new Float64Array(Math.max(1, ...widths));
  const sums = new Float64Array(counts.length);
  const order = values.map((_, i) => i);

  const grow = (rows: Int32Array, depth: number): Node => {
    let total = 0;
    for (const row of rows) total += y[row];
    const mean = total / rows.length;
    if (rows.length < 2 * leafSize || depth >= deepest) return { mean };
    let best = { gain: 1e-12, choice: -1, atMost: 0 };
    for (let k = 0; k < tries; k++) {
      const pick = k + rng.int(order.length - k);
      [order[k], order[pick]] = [order[pick], order[k]];
      const choice = order[k];
      const column = values[choice];
      const width = widths[choice];
      if (width < 2) continue;
      counts.fill(0, 0, width);
      sums.fill(0, 0, width);
      for (let i = 0; i < rows.length; i++) {
        const value = column[rows[i]];
        counts[value] += 1;
        sums[value] += y[rows[i]];
      }
      let [count, sum] = [0, 0];
      for (let v = 0; v < width - 1; v++) {
        count += counts[v];
        sum += sums[v];
        if (counts[v] === 0 || count < leafSize || rows.length - count < leafSize) continue;
        const gain = (sum - count * mean) ** 2 * (1 / count + 1 / (rows.length - count));
        if (gain > best.gain) best = { gain, choice, atMost: v };
      }
    }
    if (best.choice < 0) return { mean };
    const column = values[best.choice];
    splits.add(best.choice);
    const { choice, atMost } = best;
    const [low, high] = [new Int32Array(rows.length), new Int32Array(rows.length)];
    let [lows, highs] = [0, 0];
    for (const row of rows) {
      if (column[row] <= atMost) low[lows++] = row;
      else high[highs++] = row;
    }
    return {
      choice,
      atMost,
      low: grow(low.subarray(0, lows), depth + 1),
      high: grow(high.subarray(0, highs), depth + 1),
    };
  };
  return { root: grow(sample, 0), splits };
}

/** The tree's value for a row; with `swapped`, that choice is read from the row `from` instead. */
export function predict(tree: Tree, values: readonly Int16Array[], row: number, swapped = -1, from = row): number {
  let node = tree.root;
  while ('choice' in node) {
    const value = values[node.choice][node.choice === swapped ? from : row];
    node = value <= node.atMost ? node.low : node.high;
  }
  return node.mean;
}
