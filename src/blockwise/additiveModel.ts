import type { ChoiceValue } from '../spaces/SearchSpace.js';

type Choices = Readonly<Record<string, ChoiceValue>>;

/** Strength of the ridge: a prior guess that no choice matters, worth as much as this many observations. */
const ridge = 0.3;

/**
 * What was not taught is predicted: a ridge regression of the error on the values of the choices (one-hot; a choice that is
 * off is a value of its own), fitted to the stages that were.
 */
export function fitAdditive(observed: readonly { choices: Choices; error: number }[]): (choices: Choices) => number {
  const columns = new Map<string, number>();
  for (const { choices } of observed)
    for (const term of termsOf(choices)) if (!columns.has(term)) columns.set(term, columns.size);
  const mean = observed.reduce((sum, { error }) => sum + error, 0) / observed.length;
  const n = columns.size;
  const gram = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n + 1 }, (_unused, j) => (i === j ? ridge : 0)),
  );
  for (const { choices, error } of observed) {
    const active = termsOf(choices).map((term) => columns.get(term) ?? -1);
    for (const i of active) {
      for (const j of active) gram[i][j]++;
      gram[i][n] += error - mean;
    }
  }
  const weights = solve(gram);
  return (choices) => mean + termsOf(choices).reduce((sum, term) => sum + (weights[columns.get(term) ?? -1] ?? 0), 0);
}

function termsOf(choices: Choices): string[] {
  return Object.entries(choices).map(([name, value]) => `${name}=${String(value)}`);
}

/** Solves [A | b] by Gaussian elimination; A is positive definite, so that no pivot is 0. */
function solve(rows: number[][]): number[] {
  const n = rows.length;
  for (let c = 0; c < n; c++) {
    for (let r = c + 1; r < n; r++) {
      const factor = rows[r][c] / rows[c][c];
      for (let k = c; k <= n; k++) rows[r][k] -= factor * rows[c][k];
    }
  }
  const x = new Array<number>(n).fill(0);
  for (let c = n - 1; c >= 0; c--) {
    let rest = rows[c][n];
    for (let k = c + 1; k < n; k++) rest -= rows[c][k] * x[k];
    x[c] = rest / rows[c][c];
  }
  return x;
}
