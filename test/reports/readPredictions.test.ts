import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readPredictions } from '../../src/reports/readPredictions.js';
import { predictionsFile } from '../../src/store/Predictions.js';
import { madePredictions } from './measuredStudy.js';

const root = mkdtempSync(join(tmpdir(), 'nas-distill-predictions-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const made = madePredictions();
const promoted = (trial: number, finishedAt: number, directory: string, text?: string) => {
  mkdirSync(join(root, directory), { recursive: true });
  if (text !== undefined) writeFileSync(join(root, directory, predictionsFile), text);
  return { trial, finishedAt, accuracy: {}, directory };
};

test('the latest promotion of a trial counts; what cannot be shown is said and left out', () => {
  const said: string[] = [];
  const found = readPredictions(
    root,
    [
      promoted(1, 10, 'old', JSON.stringify({ ...made, images: 7 })),
      promoted(1, 20, 'new', JSON.stringify(made)),
      promoted(2, 30, 'absent'),
      promoted(3, 40, 'damaged', '{"format":1'),
      promoted(4, 50, 'large', JSON.stringify({ ...made, classes: ['x'.repeat(1_100_000)] })),
      promoted(
        5,
        60,
        'foreign',
        JSON.stringify({ ...made, examples: [{ ...made.examples[0], image: 'https://a/b' }] }),
      ),
      promoted(6, 70, 'script', JSON.stringify(made).replace('data:image/png', 'data:image/svg+xml')),
    ],
    (message) => said.push(message),
  );
  expect([...found]).toEqual([[1, made]]);
  expect(said).toHaveLength(4);
  for (const directory of ['damaged', 'large', 'foreign', 'script'])
    expect(said.some((message) => message.startsWith(join(root, directory)))).toBe(true);
});
