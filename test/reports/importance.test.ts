import { describe, expect, test } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { buildReportData } from '../../src/reports/buildReportData.js';
import { forestImportance } from '../../src/reports/importance.js';
import { growTree, predict } from '../../src/reports/regressionTree.js';
import { syntheticStudy } from './syntheticStudy.js';

const rng = createRng('importance-test');
const n = 600;
const columns = [4, 3, 2, 5].map((width) => Int16Array.from({ length: n }, () => rng.int(width)));
const y = (read: (row: number) => number) => Float64Array.from({ length: n }, (_, row) => read(row));

describe('forestImportance', () => {
  test('finds the only choice that matters', () => {
    const { shares, explained } = forestImportance(
      columns,
      y((row) => [0, 3, 1, 2][columns[0][row]]),
      createRng(1),
    );
    expect(shares[0]).toBeGreaterThan(0.98);
    expect(explained).toBeGreaterThan(0.97);
  });

  test('two independent effects share as their variances do', () => {
    // Permuting a column doubles the variance it brings: the growth of the squared error is 2 Var of its effect, and
    // the effects' variances are 9 x 2/3 = 6 (values 0, 3, 6) and 1.5 (a coin of 0 and 2.449).
    const target = y((row) => 3 * columns[1][row] + Math.sqrt(6) * columns[2][row]);
    const { shares } = forestImportance(columns, target, createRng(2));
    expect(shares[1]).toBeCloseTo(0.8, 1);
    expect(shares[2]).toBeCloseTo(0.2, 1);
    expect(shares[0] + shares[3]).toBeLessThan(0.02);
  });

  test('sees an interaction that no single mean shows', () => {
    const target = y((row) => (columns[2][row] === columns[0][row] % 2 ? 1 : 0));
    const { shares, explained } = forestImportance(columns, target, createRng(3));
    expect(explained).toBeGreaterThan(0.5);
    expect(shares[0]).toBeGreaterThan(0.3);
    expect(shares[2]).toBeGreaterThan(0.3);
  });

  test('noise explains nothing, and a constant has no importance', () => {
    expect(
      forestImportance(
        columns,
        y(() => rng.normal()),
        createRng(4),
      ).explained,
    ).toBeLessThan(0.1);
    expect(
      forestImportance(
        columns,
        y(() => 1),
        createRng(5),
      ),
    ).toEqual({ shares: [0, 0, 0, 0], explained: 0 });
  });
});

test('a tree repeats what it saw', () => {
  const target = y((row) => 10 * columns[0][row] + columns[2][row]);
  const tree = growTree(
    columns,
    target,
    Int32Array.from({ length: n }, (_, i) => i),
    createRng(6),
  );
  let error = 0;
  for (let row = 0; row < n; row++) error += (predict(tree, columns, row) - target[row]) ** 2 / n;
  expect(error).toBeLessThan(0.05);
});

test('of a study: every cost is explained by the choices, in the same way each time', () => {
  const input = syntheticStudy({ trials: 300 });
  const { importance, choices } = buildReportData(input);
  expect(importance.map((item) => item.target)).toEqual(['accuracy', 'bytes', 'params', 'macs', 'memory']);
  for (const { shares, target, explained } of importance) {
    expect(shares).toHaveLength(choices.length);
    expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 2);
    // Trees are slow to learn sums of many choices: about half of the variance at 300 trials, two thirds at 1000.
    if (target !== 'accuracy') expect(explained).toBeGreaterThan(0.35);
  }
  expect(buildReportData(input).importance).toEqual(importance);
  expect(buildReportData(syntheticStudy({ trials: 15 })).importance).toEqual([]);
});
