import { mostCells, type SampleAnswer, type TeacherAnswers, type TrialAnswers } from './Answers.js';

/** Mistakes kept of a student, and asked for of the teacher. */
export const mostMistakes = 24;

/** Answers row by row of the validation split: predicted class, its probability, and the true class's. */
export interface RowAnswers {
  readonly labels: ArrayLike<number>;
  readonly predictions: ArrayLike<number>;
  readonly confidence: ArrayLike<number>;
  readonly ofLabel: ArrayLike<number>;
}

/** @param watch rows that are kept whatever the answer is */
export function answersOf(answers: RowAnswers, watch: readonly number[] = []): TrialAnswers {
  const { labels, predictions } = answers;
  const cells = confusionOf(labels, predictions);
  let right = 0;
  for (const [label, predicted, samples] of cells) if (label === predicted) right += samples;
  const rows = [...new Set([...worstRows(answers), ...watch.filter((row) => row < labels.length)])];
  const kept = cells.length <= mostCells ? cells : [...cells].sort((a, b) => b[2] - a[2]).slice(0, mostCells);
  return {
    samples: labels.length,
    accuracy: right / labels.length,
    confusion: kept.sort((a, b) => a[0] - b[0] || a[1] - b[1]),
    examples: rows.sort((a, b) => a - b).map((row) => [...answerAt(answers, row)]),
  };
}

/** The wrong rows that gave the true class the least, worst first; of equals the first. */
export function worstRows({ labels, predictions, ofLabel }: Omit<RowAnswers, 'confidence'>): number[] {
  const wrong: number[] = [];
  for (let row = 0; row < labels.length; row++) if (predictions[row] !== labels[row]) wrong.push(row);
  return wrong.sort((a, b) => ofLabel[a] - ofLabel[b] || a - b).slice(0, mostMistakes);
}

/** How often each class was taken for which, by class. */
export function confusionOf(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
): [label: number, predicted: number, samples: number][] {
  const counts = new Map<number, [number, number, number]>();
  const base = 2 ** 24;
  for (let row = 0; row < labels.length; row++) {
    const key = labels[row] * base + predictions[row];
    const cell = counts.get(key);
    if (cell === undefined) counts.set(key, [labels[row], predictions[row], 1]);
    else cell[2]++;
  }
  return [...counts.values()].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
}

/** The teacher's answers as they are kept. */
export function teacherAnswersOf(answers: RowAnswers, classes: readonly string[]): TeacherAnswers {
  const { labels, predictions, confidence, ofLabel } = answers;
  return {
    classes: [...classes],
    labels: Array.from(labels),
    predicted: Array.from(predictions),
    probability: Array.from(confidence, rounded),
    ofLabel: Array.from(ofLabel, rounded),
  };
}

/** What was answered on one row, in four digits. */
export function answerAt({ predictions, confidence, ofLabel }: RowAnswers, row: number): SampleAnswer {
  return [row, predictions[row], rounded(confidence[row]), rounded(ofLabel[row])];
}

/** Four digits; sums of rounded exponentials may be a little above 1. */
function rounded(share: number): number {
  return Math.min(1, Number(share.toPrecision(4)));
}
