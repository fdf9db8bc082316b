import { expect, it } from 'vitest';
import { answersOf, mostMistakes, worstRows } from '../../src/store/answersOf.js';
import { mostCells, trialAnswersSchema } from '../../src/store/Answers.js';
import { openStore } from '../../src/store/openStore.js';
import { newTrial } from './fixtures.js';

/** Six samples of three classes; rows 1, 3 and 5 are wrong, 5 the most. */
const six = {
  labels: [0, 0, 1, 1, 2, 2],
  predictions: [0, 1, 1, 0, 2, 0],
  confidence: [0.9, 0.6, 0.5, 0.7, 0.8, 0.99],
  ofLabel: [0.9, 0.3, 0.5, 0.2, 0.8, 0.001],
};

it('counts confusions, keeps the worst rows and those that were asked for', () => {
  expect(worstRows(six)).toEqual([5, 3, 1]);
  expect(answersOf(six, [4, 5, 99])).toEqual({
    samples: 6,
    accuracy: 0.5,
    confusion: [
      [0, 0, 1],
      [0, 1, 1],
      [1, 0, 1],
      [1, 1, 1],
      [2, 0, 1],
      [2, 2, 1],
    ],
    examples: [
      [1, 1, 0.6, 0.3],
      [3, 0, 0.7, 0.2],
      [4, 2, 0.8, 0.8],
      [5, 0, 0.99, 0.001],
    ],
  });
});

it('stays small, whatever the number of classes and samples', () => {
  const count = 20_000;
  const wrong = {
    labels: Int32Array.from({ length: count }, (_, i) => i % 1000),
    predictions: Int32Array.from({ length: count }, (_, i) => (i * 7 + 1) % 997),
    confidence: new Float32Array(count).fill(1 / 3),
    ofLabel: new Float32Array(count).fill(1 / 7),
  };
  const answers = answersOf(wrong);
  expect(answers.confusion).toHaveLength(mostCells);
  expect(answers.examples).toHaveLength(mostMistakes);
  expect(JSON.stringify(answers).length).toBeLessThan(16_000);
  expect(trialAnswersSchema.parse(answers)).toEqual(answers);
});

it('comes back from the store with its trial, and goes with its study', () => {
  const store = openStore(':memory:');
  for (const name of ['a', 'b']) store.createStudy({ name, settings: {}, facts: {} });
  for (const trial of ['x', 'y', 'z']) store.createTrial('a', newTrial(trial));
  for (const number of [1, 2, 3]) store.start('a', number, 0);
  const answers = answersOf(six);
  store.finish('a', 1, { state: 'COMPLETE', metrics: { accuracy: 0.5 }, answers });
  store.finish('a', 2, { state: 'COMPLETE', metrics: { accuracy: 0.5 } });
  expect([...store.answers('a', [1, 2, 3, 9])]).toEqual([[1, answers]]);
  // A trial that ended before keeps what it had.
  expect(store.finish('a', 1, { state: 'COMPLETE', metrics: {}, answers: { ...answers, accuracy: 0 } })).toBe(false);
  expect(store.answers('a', [1]).get(1)).toEqual(answers);

  expect(store.teacherAnswers('a')).toBeUndefined();
  const teacher = {
    classes: ['p', '</script>𝕏'],
    labels: [0, 1],
    predicted: [0, 0],
    probability: [1, 0.6],
    ofLabel: [1, 0.4],
  };
  store.recordTeacherAnswers('a', { ...teacher, classes: ['old', 'old'] });
  store.recordTeacherAnswers('a', teacher);
  expect(store.teacherAnswers('a')).toEqual(teacher);

  const image = 'data:image/png;base64,AAAA';
  store.recordSamples('a', [
    { row: 7, image },
    { row: 3, text: '<img onerror=1> 🦊' },
  ]);
  store.recordSamples('a', [{ row: 7, text: 'later' }]);
  expect(store.sampleRows('a')).toEqual([3, 7]);
  expect(store.samples('a', [7, 8, 3])).toEqual([
    { row: 7, image },
    { row: 3, text: '<img onerror=1> 🦊' },
  ]);
  expect(store.sampleRows('b')).toEqual([]);
  store.deleteStudy('a');
  store.createStudy({ name: 'a', settings: {}, facts: {} });
  expect([store.teacherAnswers('a'), store.sampleRows('a')]).toEqual([undefined, []]);
  store.close();
});
