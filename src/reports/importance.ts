import { createRng, type Rng } from '../core/rng.js';
import { costNamesOf } from '../costs/CostModel.js';
import { growTree, predict, type Tree } from './regressionTree.js';
import type { Importance, ReportChoice, ReportTrial } from './ReportData.js';

const trees = 32;
/** Fewer say nothing; more only take longer. */
const fewest = 20;
const most = 1200;

/**
 * Permutation importance of each choice on a random forest (Breiman 2001, section 10), for accuracy and for the
 * logarithm of each cost. A forest of 32 regression trees is grown, each from a bootstrap sample. For each tree and each
 * choice, the choice's values are permuted among the trials that the tree has not seen (out of bag); the importance is
 * the mean, over trees, of the growth of the squared error by that, zero where it does not grow, divided by the sum over
 * all choices. `explained` is 1 - (out-of-bag squared error / variance). A choice that is inactive in a trial counts as a
 * value of its own. Choices that always go together share what they explain.
 *
 * Uses finished trials of the search, inside or outside the budgets, evenly thinned to 1200; none below 20.
 */
export function importanceOf(trials: readonly ReportTrial[], choices: readonly ReportChoice[]): Importance[] {
  const finished = trials.filter((t) => t.state === 'COMPLETE' && t.origin !== 'baseline' && t.accuracy !== null);
  if (finished.length < fewest || choices.length === 0) return [];
  const step = Math.max(1, finished.length / most);
  const rows = Array.from({ length: Math.min(finished.length, most) }, (_, i) => finished[Math.floor(i * step)]);
  const values = choices.map((_, c) => Int16Array.from(rows, (trial) => trial.choices[c] + 1));
  return (['accuracy', ...costNamesOf(rows[0].costs)] as const).map((target) => {
    const y = Float64Array.from(rows, (t) =>
      target === 'accuracy' ? (t.accuracy ?? 0) : Math.log(1 + t.costs[target]),
    );
    return { target, trials: rows.length, ...forestImportance(values, y, createRng(`importance/${target}`)) };
  });
}

/** @param values the choices' values, [choice][row], small integers @param y one number a row */
export function forestImportance(
  values: readonly Int16Array[],
  y: Float64Array,
  rng: Rng,
): { shares: number[]; explained: number } {
  const n = y.length;
  const growth = values.map(() => 0);
  const sum = new Float64Array(n);
  const votes = new Uint16Array(n);
  for (let t = 0; t < trees; t++) {
    const inBag = new Uint8Array(n);
    const sample = Int32Array.from({ length: n }, () => rng.int(n));
    for (const row of sample) inBag[row] = 1;
    const out = Array.from({ length: n }, (_, i) => i).filter((i) => inBag[i] === 0);
    const tree = growTree(values, y, sample, rng);
    let error = 0;
    for (const row of out) {
      const guess = predict(tree, values, row);
      sum[row] += guess;
      votes[row] += 1;
      error += (guess - y[row]) ** 2;
    }
    if (out.length === 0) continue;
    values.forEach((_, c) => {
      // Without a split of its own a choice changes nothing.
      if (!tree.splits.has(c)) return;
      growth[c] += (permutedError(tree, values, c, y, out, rng) - error) / out.length / trees;
    });
  }
  const total = growth.reduce((a, b) => a + Math.max(0, b), 0);
  return {
    shares: growth.map((g) => (total > 0 ? round(Math.max(0, g) / total) : 0)),
    explained: round(explainedBy(sum, votes, y)),
  };
}

/** Summed squared error with the choice's values shuffled among the rows. */
function permutedError(
  tree: Tree,
  values: readonly Int16Array[],
  choice: number,
  y: Float64Array,
  rows: readonly number[],
  rng: Rng,
): number {
  const other = rng.shuffle(rows);
  return rows.reduce((total, row, i) => total + (predict(tree, values, row, choice, other[i]) - y[row]) ** 2, 0);
}

function explainedBy(sum: Float64Array, votes: Uint16Array, y: Float64Array): number {
  const seen = Array.from(y.keys()).filter((i) => votes[i] > 0);
  const mean = seen.reduce((total, i) => total + y[i], 0) / seen.length;
  const variance = seen.reduce((total, i) => total + (y[i] - mean) ** 2, 0);
  const error = seen.reduce((total, i) => total + (y[i] - sum[i] / votes[i]) ** 2, 0);
  return variance > 0 ? 1 - error / variance : 0;
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
