import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, expect, test } from 'vitest';
import type { Dataset } from '../../src/data/Dataset.js';
import { openEngine } from '../../src/engines/registry.js';
import { evaluateModel } from '../../src/distillation/evaluateModel.js';
import { predictionsOf } from '../../src/promotion/predictionsOf.js';
import { promoteTrial } from '../../src/promotion/promoteTrial.js';
import { predictionsFile, predictionsSchema } from '../../src/store/Predictions.js';
import { jobOf, stripesData } from './setting.js';

const folder = mkdtempSync(join(tmpdir(), 'predictions-'));
afterAll(() => rmSync(folder, { recursive: true }));

const dataset: Dataset = {
  name: 'tiny',
  digest: 'd',
  shape: [2, 3, 1],
  classes: ['a', 'b', 'c'],
  count: 4,
  images: Uint8Array.from({ length: 24 }, (_, i) => i * 10),
  labels: Int32Array.from([0, 1, 2, 1]),
  officialTest: new Int32Array(),
};

test('confusion, probabilities and worst mistakes by hand', async () => {
  const ln = Math.log;
  const found = await predictionsOf({
    dataset,
    indices: Int32Array.from([3, 0, 1]),
    logits: {
      // Labels 1, 0, 1. Wrong on rows 0 (true class 0.25) and 2 (true class 0.1).
      student: Float32Array.from([ln(0.7), ln(0.25), ln(0.05), ln(0.8), ln(0.1), ln(0.1), ln(0.1), ln(0.1), ln(0.8)]),
      teacher: Float32Array.from([0, 9, 0, 9, 0, 0, 0, 9, 0]),
    },
  });
  expect(found.models.student).toEqual({
    accuracy: 1 / 3,
    confusion: [
      [0, 0, 1],
      [1, 0, 1],
      [1, 2, 1],
    ],
  });
  expect(found.models.teacher.accuracy).toBe(1);
  expect(found.models.alone).toBeUndefined();
  expect(found.examples.map(({ row }) => row)).toEqual([2, 0]);
  expect(found.examples[0]).toMatchObject({ label: 1, student: { predicted: 2, probability: 0.8, ofLabel: 0.1 } });
  expect(found.examples[1].student).toEqual({ predicted: 0, probability: 0.7, ofLabel: 0.25 });
  const png = Buffer.from((found.examples[1].image ?? '').replace('data:image/png;base64,', ''), 'base64');
  const { data, info } = await sharp(png).greyscale().raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([3, 2]);
  // Row 0 is the fourth image.
  expect([...data]).toEqual([180, 190, 200, 210, 220, 230]);
  expect(predictionsSchema.parse(JSON.parse(JSON.stringify(found)))).toEqual(found);
});

test('a promotion writes them beside the model, and they agree with an evaluation of their own', async () => {
  const engine = await openEngine('onnx', { threads: 1 });
  try {
    const data = await stripesData(folder);
    const job = jobOf(engine, data, join(folder, 'out'));
    const count = data.splits.validation.length;
    const asked: number[] = [];
    const answers = (indices: Int32Array) => {
      asked.push(indices.length);
      return Promise.resolve(new Float32Array(3 * indices.length));
    };
    const { variables } = await promoteTrial({ ...job, teacher: { ...job.teacher, answers } });
    const written = predictionsSchema.parse(JSON.parse(readFileSync(join(folder, 'out', predictionsFile), 'utf8')));
    const { accuracy, predictions } = await evaluateModel({
      spec: job.trial.spec,
      variables,
      engine,
      dataset: data.dataset,
      indices: data.splits.validation,
      normalisation: data.normalisation,
      classes: 3,
    });
    expect(asked).toEqual([count]);
    expect(written.images).toBe(count);
    expect(written.models.student.accuracy).toBeCloseTo(accuracy, 12);
    const cells = new Map(
      written.models.student.confusion.map(([label, seen, images]) => [`${label} ${seen}`, images]),
    );
    const counted = new Map<string, number>();
    predictions.forEach((seen, row) => {
      const key = `${data.dataset.labels[data.splits.validation[row]]} ${seen}`;
      counted.set(key, (counted.get(key) ?? 0) + 1);
    });
    expect(cells).toEqual(counted);
  } finally {
    engine.close();
  }
});
