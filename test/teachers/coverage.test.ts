import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDataset } from '../../src/data/openDataset.js';
import type { Dataset } from '../../src/data/Dataset.js';
import { computeNormalisation } from '../../src/data/normalisation.js';
import { coverageOf, coverageWarnings } from '../../src/teachers/coverage.js';
import { evaluateAnswers } from '../../src/teachers/evaluateTeacher.js';
import type { TeacherRecord } from '../../src/teachers/TeacherRecord.js';
import { storeQuickTeacher } from '../cli/quickTeacher.js';
import { writeStripes } from '../cli/stripes.js';

let root: string;
let dataset: Dataset;
let rows: Int32Array;
let record: TeacherRecord;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'coverage-'));
  dataset = await openDataset(writeStripes(join(root, 'stripes'), 90, 30), { dataDir: root });
  rows = Int32Array.from({ length: 60 }, (_, i) => i);
  const { mean, std } = computeNormalisation(dataset, rows);
  const trainedOn = { dataset: 's', datasetDigest: 'x', epochs: 1, validation: 0.9, test: 0.9 };
  const stored = storeQuickTeacher(root, { name: 't' });
  record = { ...stored, normalisation: { mean: [...mean], std: [...std] }, trainedOn };
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Answers whose largest logit is `scale`, at the class that `of` names for each sample. */
const answers = (of: (label: number, i: number) => number, scale = 5) => {
  const logits = new Float32Array(rows.length * 3);
  rows.forEach((row, i) => (logits[3 * i + of(dataset.labels[row], i)] = scale));
  return evaluateAnswers(logits, dataset, rows);
};
const cover = (evaluation: ReturnType<typeof answers>, teacher: TeacherRecord = record) =>
  coverageOf(teacher, evaluation, dataset, rows);

it('of a teacher that knows the data has no warning, and its numbers are those worked out by hand', () => {
  const coverage = cover(answers((label) => label));
  const top = Math.exp(5) / (Math.exp(5) + 2);
  const rest = (1 - top) / 2;
  expect(coverage).toMatchObject({ samples: 60, accuracy: 1, neverPredicted: [], warnings: [] });
  expect(coverage.confidence).toBeCloseTo(top, 5);
  expect(coverage.entropy).toBeCloseTo(-(top * Math.log(top) + 2 * rest * Math.log(rest)) / Math.log(3), 5);
  expect(coverageWarnings('t', 's', coverage)).toEqual([]);
});

it('names classes that are never its answer, and an accuracy far below its own', () => {
  const { warnings, neverPredicted } = cover(answers((label) => (label === 2 ? 0 : label === 1 ? 1 : 0)));
  expect(neverPredicted).toEqual(['2']);
  expect(warnings).toEqual(['it never answers "2"']);
  const lost = cover(answers((label, i) => (i % 2 === 0 ? label : (label + 1) % 3)));
  expect(lost.warnings).toEqual([
    expect.stringMatching(/^5\d\.\d % of 60 validation images are right, of the data that it was trained on 90\.0 %$/),
  ]);
});

it('names guessing and answers that hold nothing', () => {
  const { warnings } = cover(answers((label) => (label + 1) % 3, 0.01));
  expect(warnings).toEqual([
    'only 0.0 % of 60 validation images are right: guessing is 33.3 %',
    expect.stringMatching(/^its answers are almost uniform: mean confidence 33\.\d %, entropy 100\.0 % of guessing$/),
  ]);
  expect(coverageWarnings('t', 's', cover(answers((label) => (label + 1) % 3)))[0]).toMatch(
    /^teacher t does not cover s, and may teach noise: only 0\.0 %/,
  );
});

it('names inputs outside the range that it was trained on; the numbers of imported models are no statistics', () => {
  const elsewhere = { ...record, normalisation: { mean: [record.normalisation.mean[0] + 0.9], std: [0.2] } };
  expect(
    cover(
      answers((label) => label),
      elsewhere,
    ).warnings,
  ).toEqual([
    expect.stringMatching(
      /^the images are outside the range that it was trained on: channel 1 is 0\.\d\d ± 0\.\d\d, was/,
    ),
  ]);
  const flat = { ...record, normalisation: { ...record.normalisation, std: [record.normalisation.std[0] * 3] } };
  expect(
    cover(
      answers((label) => label),
      flat,
    ).warnings,
  ).toHaveLength(1);
  expect(
    cover(
      answers((label) => label),
      { ...elsewhere, trainedOn: undefined },
    ).warnings,
  ).toEqual([]);
});
