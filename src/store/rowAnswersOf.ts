import type { RowAnswers } from './answersOf.js';

/** Answers from logits [samples, classes], row after row. */
export function rowAnswersOf(logits: Float32Array, labels: Int32Array, classes: number): RowAnswers {
  const predictions = new Int32Array(labels.length);
  const confidence = new Float32Array(labels.length);
  const ofLabel = new Float32Array(labels.length);
  for (let row = 0; row < labels.length; row++) {
    const own = logits.subarray(row * classes, (row + 1) * classes);
    let best = 0;
    for (let c = 1; c < classes; c++) if (own[c] > own[best]) best = c;
    let sum = 0;
    for (const value of own) sum += Math.exp(value - own[best]);
    predictions[row] = best;
    confidence[row] = 1 / sum;
    ofLabel[row] = Math.exp(own[labels[row]] - own[best]) / sum;
  }
  return { labels, predictions, confidence, ofLabel };
}
