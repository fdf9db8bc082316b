import { describe, expect, test } from 'vitest';
import { packReport } from '../../src/reports/packReport.js';
import { unpackReport } from '../../src/reports/client/unpackReport.js';
import { buildReportData } from '../../src/reports/buildReportData.js';
import { baselineAt } from '../../src/reports/verdict.js';
import type { ReportTrial } from '../../src/reports/ReportData.js';
import { syntheticStudy } from './syntheticStudy.js';

const costs = (bytes: number) => ({ bytes, params: bytes / 4, macs: 1000, memory: 100 });

describe('buildReportData', () => {
  const input = syntheticStudy({ trials: 60 });
  const data = buildReportData(input);

  test('counts states and keeps every trial in order', () => {
    expect(data.trials.map((trial) => trial.number)).toEqual(input.trials.map((trial) => trial.number));
    expect(Object.values(data.counts).reduce((a, b) => a + b, 0)).toBe(60);
    expect(data.counts.COMPLETE).toBe(input.trials.filter((trial) => trial.state === 'COMPLETE').length);
  });

  test('a teacher that does not cover the data is named before anything else, and among the settings', () => {
    const coverage = { confidence: 0.49, warnings: ['it never answers "Coat"', 'its answers are almost uniform'] };
    const study = { ...input.study, facts: { ...input.study.facts, coverage } };
    const { verdict, facts } = buildReportData({ ...input, study });
    expect(verdict.details[0]).toBe(
      'The teacher does not cover this data: it never answers "Coat"; its answers are almost uniform.',
    );
    expect(facts.find(([label]) => label === 'Teacher on this data')?.[1]).toContain(
      'warning: it never answers "Coat"',
    );
    const sound = { ...study, facts: { ...study.facts, coverage: { ...coverage, confidence: 0.9, warnings: [] } } };
    const good = buildReportData({ ...input, study: sound });
    expect(good.verdict).toEqual(data.verdict);
    expect(good.facts).toContainEqual(['Teacher on this data', 'covers it, mean confidence 90.0 %']);
  });

  test('choices and blocks can be read back', () => {
    for (const [i, trial] of input.trials.entries()) {
      const back = data.choices.flatMap((choice, k) => {
        const at = data.trials[i].choices[k];
        return at < 0 ? [] : [[choice.name, choice.values[at]]];
      });
      expect(Object.fromEntries(back)).toEqual(
        Object.fromEntries(Object.entries(trial.architecture.choices).map(([name, value]) => [name, String(value)])),
      );
      const params = data.trials[i].blocks.reduce((sum, block) => sum + data.blocks[block].params, 0);
      expect(params).toBe(trial.costs.params);
    }
  });

  test('numeric choices ascend', () => {
    const width = data.choices.find((choice) => choice.name === 'stage4.width');
    expect(width?.values).toEqual(['64', '128', '192', '256']);
  });

  test('a pruned trial shows its last rung, a failed or infeasible one nothing', () => {
    for (const [i, trial] of input.trials.entries()) {
      if (trial.state === 'PRUNED') expect(data.trials[i].accuracy).toBe(trial.rungs.at(-1)?.metrics.accuracy);
      if (trial.state === 'FAILED' || trial.state === 'INFEASIBLE') expect(data.trials[i].accuracy).toBeNull();
    }
  });

  test('a trial that paused shows when it was on which worker, its training time and its last rung', () => {
    const origin = input.study.createdAt;
    const rungs = [1, 2].map((epoch) => ({ epoch, metrics: { accuracy: epoch / 4 }, elapsedMs: epoch }));
    const launches = [
      { from: 0, worker: 1, startedAt: origin + 1000, endedAt: origin + 3000 },
      { from: 1, worker: 0, startedAt: origin + 9000, endedAt: origin + 12_000 },
    ];
    const ended = {
      ...{ ...input.trials[0], number: 1, state: 'COMPLETE' as const, rungs, launches, trainedMs: 5000, worker: 0 },
      ...{ startedAt: origin + 1000, finishedAt: origin + 12_000, metrics: { accuracy: 0.5 } },
    };
    const open = { ...ended, number: 2, state: 'PAUSED' as const, finishedAt: null, launches: launches.slice(0, 1) };
    const report = buildReportData({ ...input, trials: [ended, { ...open, metrics: {}, rungs: rungs.slice(0, 1) }] });
    const [first, second] = report.trials;
    expect(first).toMatchObject({ elapsedMs: 5000, pausedMs: 6000, startedMs: 1000 });
    expect(first.spells).toEqual([
      [1000, 2000, 1],
      [9000, 3000, 0],
    ]);
    expect(second).toMatchObject({ state: 'PAUSED', accuracy: 0.25, elapsedMs: null, spells: [[1000, 2000, 1]] });
    expect(report.counts.PAUSED).toBe(1);
    const unpacked = unpackReport(JSON.parse(JSON.stringify(packReport(report))) as ReturnType<typeof packReport>);
    expect(unpacked.trials).toEqual(report.trials);
  });

  test('values that are no numbers stay out', () => {
    const [first] = input.trials;
    const odd = { ...first, state: 'COMPLETE' as const, metrics: { accuracy: NaN, loss: Infinity } };
    const [trial] = buildReportData({ ...input, trials: [odd] }).trials;
    expect(trial.accuracy).toBeNull();
    expect(trial.metrics).toEqual({});
  });

  test('the verdict, by hand', () => {
    const base = { ...input.trials[0], rungs: [], state: 'COMPLETE' as const };
    const student = {
      ...base,
      number: 1,
      origin: 'search' as const,
      costs: costs(200_000),
      metrics: { accuracy: 0.81 },
      architectureId: 'a',
    };
    const rival = { ...student, number: 2, costs: costs(2_000_000), metrics: { accuracy: 0.9 } };
    const small = {
      ...base,
      number: 3,
      origin: 'baseline' as const,
      costs: costs(100_000),
      metrics: { accuracy: 0.7 },
    };
    const large = { ...small, number: 4, costs: costs(400_000), metrics: { accuracy: 0.8 } };
    const facts = {
      ...input.study.facts,
      teacher: { name: 'T', digest: '', family: 'vit', accuracy: 0.9, costs: costs(2_000_000) },
    };
    const { verdict } = buildReportData({
      ...input,
      study: { ...input.study, facts },
      trials: [student, rival, small, large],
    });
    // 0.81 / 0.9; 2 MB / 200 kB; half-way in the logarithm between 0.7 and 0.8 is 0.75; the 2 MB rival is over the budget.
    expect(verdict.best).toBe(1);
    expect(verdict.headline).toBe('Trial 1 keeps 90.0 % of the teacher’s accuracy with 10 times fewer bytes.');
    expect(verdict.details).toEqual([
      'The teacher, T, reaches 90.0 %.',
      '81.0 % accuracy with 200 KB of the budget of 1MB.',
      '6.0 points above the uniformly scaled baseline at equal bytes.',
    ]);
  });
});

test('baselineAt says where it stands beyond its ends', () => {
  const [trial] = buildReportData(syntheticStudy({ trials: 3 })).trials;
  const at = (bytes: number, accuracy: number): ReportTrial => ({
    ...trial,
    origin: 'baseline',
    state: 'COMPLETE',
    costs: costs(bytes),
    accuracy,
  });
  const family = [at(400, 0.8), at(100, 0.6)];
  expect(baselineAt(family, 'bytes', 50)).toEqual({ accuracy: 0.6, where: 'of the smallest width, which has more' });
  expect(baselineAt(family, 'bytes', 900)).toEqual({ accuracy: 0.8, where: 'of the largest width, which has fewer' });
  expect(baselineAt(family, 'bytes', 400)).toEqual({ accuracy: 0.8, where: 'at equal' });
  expect(baselineAt(family, 'bytes', 200)?.accuracy).toBeCloseTo(0.7, 12);
  expect(baselineAt([], 'bytes', 200)).toBeNull();
});
