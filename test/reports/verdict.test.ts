import { describe, expect, test } from 'vitest';
import { buildReportData } from '../../src/reports/buildReportData.js';
import type { ReportTeacher, ReportTrial } from '../../src/reports/ReportData.js';
import { verdictOf } from '../../src/reports/verdict.js';
import { syntheticStudy } from './syntheticStudy.js';

const [base] = buildReportData(syntheticStudy({ trials: 3 })).trials;
const costs = (bytes: number) => ({ bytes, params: bytes / 4, macs: 1000, memory: bytes });
const student = (number: number, bytes: number, accuracy: number): ReportTrial => ({
  ...base,
  number,
  origin: 'search',
  state: 'COMPLETE',
  fits: true,
  costs: costs(bytes),
  accuracy,
});
const baseline = (number: number, bytes: number, accuracy: number): ReportTrial => ({
  ...student(number, bytes, accuracy),
  origin: 'baseline',
  width: 0.5,
});
const teacher = (bytes: number, accuracy: number): ReportTeacher => ({
  name: 'T',
  family: 'vit',
  accuracy,
  costs: costs(bytes),
});
const budgets = [{ metric: 'bytes', limit: 1_000_000, text: '1MB' }] as const;
const headline = (trials: readonly ReportTrial[], t: ReportTeacher | null = teacher(2_000_000, 0.9)) =>
  verdictOf(trials, t, budgets).headline;

describe('a teacher that is smaller', () => {
  test('and more accurate: nothing is dressed up', () => {
    const verdict = verdictOf([student(1, 300_000, 0.81)], teacher(100_000, 0.9), budgets);
    expect(verdict.headline).toBe(
      'Trial 1, the best student, is larger than the teacher and less accurate: 90.0 % of its accuracy with 3.0 times more bytes.',
    );
    expect(verdict.details).toContain(
      'No student has fewer bytes than the teacher: a smaller budget would make them worth their distillation.',
    );
  });
  test('with a student below it, that one is named', () => {
    const { details } = verdictOf([student(1, 300_000, 0.81), student(2, 80_000, 0.7)], teacher(100_000, 0.9), budgets);
    expect(details).toContain('Among those smaller than the teacher, trial 2 is the best: 70.0 % with 80.0 KB.');
  });
  test('but less accurate', () => {
    expect(headline([student(1, 300_000, 0.92)], teacher(100_000, 0.9))).toBe(
      'Trial 1 is 2.0 points more accurate than the teacher but is larger: 3.0 times more bytes.',
    );
  });
  test('by a trifle', () => {
    expect(headline([student(1, 102_000, 0.9)], teacher(100_000, 0.9))).toBe(
      'Trial 1 keeps 100.0 % of the teacher’s accuracy with about as many bytes.',
    );
  });
});

describe('a baseline that is ahead', () => {
  test('smaller and more accurate: said first', () => {
    const verdict = verdictOf(
      [student(1, 300_000, 0.81), baseline(2, 200_000, 0.84)],
      teacher(3_000_000, 0.9),
      budgets,
    );
    expect(verdict.headline).toBe(
      'The uniformly scaled baseline is ahead of the search: width ×0.5 reaches 84.0 % with 200 KB, more accurate than every student.',
    );
    expect(verdict.details[0]).toBe('Trial 1 keeps 90.0 % of the teacher’s accuracy with 10 times fewer bytes.');
    expect(verdict.best).toBe(1);
  });
  test('equal in accuracy and smaller', () => {
    expect(headline([student(1, 300_000, 0.81), baseline(2, 200_000, 0.81)])).toContain(
      'as accurate as the best student and smaller',
    );
  });
  test('only between two widths: a sentence, not the headline', () => {
    const trials = [student(1, 200_000, 0.81), baseline(2, 100_000, 0.8), baseline(3, 400_000, 0.86)];
    const verdict = verdictOf(trials, teacher(2_000_000, 0.9), budgets);
    expect(verdict.headline).toBe('Trial 1 keeps 90.0 % of the teacher’s accuracy with 10 times fewer bytes.');
    // Half-way in the logarithm between 0.80 and 0.86.
    expect(verdict.details).toContain(
      '2.0 points below the uniformly scaled baseline at equal bytes: the search has not paid off yet.',
    );
  });
  test('over the budget it counts for nothing', () => {
    expect(headline([student(1, 300_000, 0.81), { ...baseline(2, 200_000, 0.84), fits: false }])).toContain(
      'Trial 1 keeps',
    );
  });
});

test('without a teacher, and without a known size of it', () => {
  expect(headline([student(1, 300_000, 0.81)], null)).toBe('Trial 1 is the best student: 81.0 %.');
  expect(headline([student(1, 300_000, 0.81)], teacher(0, 0.9))).toBe(
    'Trial 1 keeps 90.0 % of the teacher’s accuracy with 300 KB.',
  );
});
