import type { Answer, Predictions } from '../../store/Predictions.js';
import type { PageTrial } from './PageData.js';
import type { Report } from './Report.js';

export interface KnownAnswers {
  readonly predictions: Predictions;
  /** Of the model that its promotion trained; else of the brief distillation. */
  readonly promoted: boolean;
}

/** Whether `answersOf` finds something, without putting it together. */
export function hasAnswers(trial: PageTrial, report: Report): boolean {
  if (report.promotionOf(trial)?.predictions !== undefined) return true;
  return report.studyOf(trial).answers?.trials.some((known) => known.trial === trial.number) ?? false;
}

/** What a student answers on validation, as well as it is known: of its promotion, else after its brief distillation. */
export function answersOf(trial: PageTrial, report: Report): KnownAnswers | undefined {
  const own = report.promotionOf(trial)?.predictions;
  if (own !== undefined) return { predictions: own, promoted: true };
  const { answers } = report.studyOf(trial);
  const found = answers?.trials.find((known) => known.trial === trial.number);
  if (answers === undefined || found === undefined) return undefined;
  const rows = new Map(answers.rows.map((row) => [row.row, row]));
  const examples = found.examples.flatMap(([row, predicted, probability, ofLabel]) => {
    const sample = rows.get(row);
    if (sample === undefined) return [];
    const { label, image, text, teacher } = sample;
    const looks = { ...(image === undefined ? {} : { image }), ...(text === undefined ? {} : { text }) };
    return [{ row, label, ...looks, student: { predicted, probability, ofLabel }, teacher: answerOf(teacher) }];
  });
  const { accuracy, confusion } = found;
  const predictions: Predictions = {
    format: 1,
    split: 'validation',
    classes: [...answers.classes],
    images: answers.samples,
    models: { student: { accuracy, confusion }, teacher: answers.teacher },
    examples,
  };
  return { predictions, promoted: false };
}

function answerOf([predicted, probability, ofLabel]: readonly [number, number, number]): Answer {
  return { predicted, probability, ofLabel };
}

/** `1,000 validation images`, or texts. */
export function samplesText({ images, examples }: Predictions): string {
  return `${images.toLocaleString('en')} validation ${examples.some(({ text }) => text !== undefined) ? 'texts' : 'images'}`;
}
