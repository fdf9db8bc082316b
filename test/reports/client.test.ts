import { describe, expect, test } from 'vitest';
import { buildReportData } from '../../src/reports/buildReportData.js';
import { costTicks } from '../../src/reports/client/costTicks.js';
import { shellWord } from '../../src/reports/client/shellWord.js';
import { parseQuery } from '../../src/reports/client/query.js';
import { hypervolumes } from '../../src/reports/client/hypervolumes.js';
import { createReport, type Measured } from '../../src/reports/client/Report.js';
import { syntheticStudy } from './syntheticStudy.js';

const report = createReport(buildReportData(syntheticStudy({ trials: 200 })));

test('the front holds exactly the students that none dominates', () => {
  for (const metric of ['bytes', 'macs', 'memory'] as const) {
    const expected = report.students.filter(
      (a) =>
        !report.students.some(
          (b) =>
            b.costs[metric] <= a.costs[metric] &&
            b.accuracy >= a.accuracy &&
            (b.costs[metric] < a.costs[metric] || b.accuracy > a.accuracy),
        ),
    );
    expect(new Set(report.front({ x: metric, y: 'accuracy' }))).toEqual(new Set(expected));
    expect(
      report
        .front({ x: metric, y: 'accuracy' })
        .every((trial) => report.kindOf(trial, { x: metric, y: 'accuracy' }) === 'front'),
    ).toBe(true);
  }
});

test('hypervolume by hand: the cost in logarithms, dominated trials change nothing', () => {
  const trial = (number: number, bytes: number, accuracy: number): Measured => ({
    ...report.students[0],
    number,
    accuracy,
    costs: { ...report.students[0].costs, bytes },
  });
  const steps = hypervolumes([trial(3, 1, 0.2), trial(1, 10, 0.5), trial(2, 50, 0.4), trial(4, 100, 0.9)], 'bytes', {
    low: 1,
    high: 100,
  });
  // Box of two decades: half of it at 0.5; then the other half at 0.2; a student at the corner adds nothing.
  expect(steps.map((step) => step.trial)).toEqual([1, 2, 3, 4]);
  [0.25, 0.25, 0.35, 0.35].forEach((volume, i) => expect(steps[i].volume).toBeCloseTo(volume, 12));
});

describe('parseQuery', () => {
  const matches = (text: string) => {
    const test = parseQuery(text, report);
    return report.data.trials.filter((trial) => test(trial, report.kindOf(trial, { x: 'bytes', y: 'accuracy' })));
  };
  test('compares with units', () => {
    expect(matches('params<50k')).toEqual(report.data.trials.filter((trial) => trial.costs.params < 50_000));
    expect(matches('bytes>=0.2MB accuracy>84%')).toEqual(
      report.data.trials.filter((t) => t.costs.bytes >= 200_000 && t.accuracy !== null && t.accuracy > 0.84),
    );
    expect(matches('trial=7').map((trial) => trial.number)).toEqual([7]);
  });
  test('finds words in choices, states and reasons', () => {
    expect(matches('pruned')).toEqual(report.data.trials.filter((trial) => trial.state === 'PRUNED'));
    expect(matches('ACTIVATION=RELU6 complete').length).toBeGreaterThan(0);
    expect(matches('no-such-word')).toEqual([]);
    expect(matches('  ').length).toBe(report.data.trials.length);
  });
});

test('ticks of costs are round and labelled like costs', () => {
  expect(costTicks('bytes', [4, 6.1], true, 8)).toEqual({
    tickvals: [10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000],
    ticktext: ['10 KB', '20 KB', '50 KB', '100 KB', '200 KB', '500 KB', '1 MB'],
  });
  expect(costTicks('params', [0, 1_000_000], false, 5).ticktext).toEqual([
    '0',
    '200 K',
    '400 K',
    '600 K',
    '800 K',
    '1 M',
  ]);
});

test('ticks of a narrow latency are apart', () => {
  expect(costTicks('latency', [0, 1], false, 5).tickvals).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(new Set(costTicks('latency', [Math.log10(0.4), Math.log10(0.9)], true, 6).ticktext).size).toBeGreaterThan(2);
});

test('shell words survive a shell', () => {
  expect(shellWord('fashion-mnist.1MB')).toBe('fashion-mnist.1MB');
  expect(shellWord("it's; rm $HOME")).toBe(`'it'\\''s; rm $HOME'`);
});
