import type { Dataset } from '../data/Dataset.js';
import { sampleViewer } from '../data/sampleViewer.js';
import { answerAt, confusionOf, worstRows, type RowAnswers } from '../store/answersOf.js';
import type { Answer, Predictions } from '../store/Predictions.js';
import { rowAnswersOf } from '../store/rowAnswersOf.js';

export interface AnswersInput {
  readonly dataset: Dataset;
  /** Validation samples: positions in the data set. */
  readonly indices: Int32Array;
  /** Logits [samples, classes] of the same samples, row after row, by who gave them. */
  readonly logits: { readonly student: Float32Array; readonly alone?: Float32Array; readonly teacher: Float32Array };
}

/**
 * How often each class was taken for which, and the samples on which the student or the teacher erred most: the highest
 * cross entropies among the wrong answers.
 */
export async function predictionsOf({ dataset, indices, logits }: AnswersInput): Promise<Predictions> {
  const labels = Int32Array.from(indices, (index) => dataset.labels[index]);
  const answered = (of: Float32Array) => rowAnswersOf(of, labels, dataset.classes.length);
  const student = answered(logits.student);
  const teacher = answered(logits.teacher);
  const alone = logits.alone === undefined ? undefined : answered(logits.alone);
  const view = await sampleViewer(dataset);
  return {
    format: 1,
    split: 'validation',
    classes: [...dataset.classes],
    images: indices.length,
    models: {
      student: summaryOf(student),
      ...(alone === undefined ? {} : { alone: summaryOf(alone) }),
      teacher: summaryOf(teacher),
    },
    examples: [...new Set([...worstRows(student), ...worstRows(teacher)])].map((row) => ({
      row,
      label: labels[row],
      ...view(indices[row]),
      student: oneAnswer(student, row),
      ...(alone === undefined ? {} : { alone: oneAnswer(alone, row) }),
      teacher: oneAnswer(teacher, row),
    })),
  };
}

function oneAnswer(answers: RowAnswers, row: number): Answer {
  const [, predicted, probability, ofLabel] = answerAt(answers, row);
  return { predicted, probability, ofLabel };
}

function summaryOf(answers: RowAnswers): Predictions['models']['student'] {
  const confusion = confusionOf(answers.labels, answers.predictions);
  const right = confusion.reduce((sum, [label, predicted, samples]) => sum + (label === predicted ? samples : 0), 0);
  return { accuracy: right / answers.labels.length, confusion };
}
