import type { Dataset } from '../data/Dataset.js';
import { computeNormalisation } from '../data/normalisation.js';
import { encodingOf, samplesOf } from '../data/samples.js';
import type { TeacherEvaluation } from './evaluateTeacher.js';
import type { TeacherRecord } from './TeacherRecord.js';

/** Whether a teacher covers the data that its students are for; plain data, which a study keeps. */
export interface Coverage {
  readonly samples: number;
  readonly accuracy: number;
  /** Mean probability of the predicted class. */
  readonly confidence: number;
  /** Mean entropy of the answers as a share of that of guessing, 0..1. */
  readonly entropy: number;
  /** Classes of the data that were there and never were its answer. */
  readonly neverPredicted: readonly string[];
  /** Mean and standard deviation of each channel of the data, and of what the teacher was made for; null for texts. */
  readonly input: {
    readonly mean: readonly number[];
    readonly std: readonly number[];
    readonly teacherMean: readonly number[];
    readonly teacherStd: readonly number[];
  } | null;
  /** One line for each thing that is wrong; none: it covers the data. */
  readonly warnings: readonly string[];
}

/** An accuracy below this multiple of guessing is none. */
const nearGuessing = 1.5;
/** A teacher should know at least this share of what it knew of its own data. */
const keptAccuracy = 0.7;
/** From this share of the entropy of guessing on, answers hold next to nothing. */
const nearUniform = 0.9;
/** How far, in the teacher's standard deviations, a channel's mean may lie from its own, and by what factor their spreads differ. */
const farMean = 1;
const farSpread = 2.5;

/**
 * Judges a teacher's answers to the student's own data: one that does not cover it teaches noise.
 * @param rows the training samples that the students will see, whose input range is compared
 */
export function coverageOf(
  record: TeacherRecord,
  evaluation: TeacherEvaluation,
  dataset: Dataset,
  rows: Int32Array,
): Coverage {
  const { accuracy, confidence, entropy, perClass, predicted, samples } = evaluation;
  const neverPredicted = dataset.classes.filter((_, c) => predicted[c] === 0 && Number.isFinite(perClass[c]));
  const found = encodingOf(dataset) === undefined ? computeNormalisation(dataset, rows) : undefined;
  const { mean: teacherMean, std: teacherStd } = record.normalisation;
  const input = found && { mean: [...found.mean], std: [...found.std], teacherMean, teacherStd };
  const things = samplesOf(dataset);
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const warnings: string[] = [];
  const chance = 1 / dataset.classes.length;
  const own = record.trainedOn?.validation;
  if (accuracy < nearGuessing * chance) {
    warnings.push(
      `only ${percent(accuracy)} of ${samples} validation ${things} are right: guessing is ${percent(chance)}`,
    );
  } else if (own !== undefined && accuracy < keptAccuracy * own) {
    warnings.push(
      `${percent(accuracy)} of ${samples} validation ${things} are right, of the data that it was trained on ${percent(own)}`,
    );
  }
  if (entropy > nearUniform) {
    warnings.push(
      `its answers are almost uniform: mean confidence ${percent(confidence)}, entropy ${percent(entropy)} of guessing`,
    );
  }
  if (neverPredicted.length > 0) warnings.push(`it never answers ${listed(neverPredicted)}`);
  // Of imported models the numbers are a convention, not the statistics of what they were trained on.
  if (input && record.trainedOn !== undefined) warnings.push(...inputWarnings(input, things));
  return { samples, accuracy, confidence, entropy, neverPredicted, input: input ?? null, warnings };
}

function inputWarnings(input: NonNullable<Coverage['input']>, things: string): string[] {
  const channel = input.mean.findIndex((mean, c) => {
    const ratio = input.std[c] / input.teacherStd[c];
    const distance = Math.abs(mean - input.teacherMean[c]) / input.teacherStd[c];
    return distance > farMean || ratio > farSpread || ratio < 1 / farSpread;
  });
  if (channel < 0) return [];
  const shown = (mean: readonly number[], std: readonly number[]) =>
    `${mean[channel].toFixed(2)} ± ${std[channel].toFixed(2)}`;
  return [
    `the ${things} are outside the range that it was trained on: channel ${channel + 1} is ${shown(input.mean, input.std)}, was ${shown(input.teacherMean, input.teacherStd)}`,
  ];
}

function listed(names: readonly string[]): string {
  const most = 5;
  const more = names.length > most ? ` and ${names.length - most} more` : '';
  return `${names
    .slice(0, most)
    .map((name) => `"${name}"`)
    .join(', ')}${more}`;
}

/** The warnings of a coverage as one line each, for the terminal. */
export function coverageWarnings(teacher: string, data: string, { warnings }: Coverage): string[] {
  if (warnings.length === 0) return [];
  return [`teacher ${teacher} does not cover ${data}, and may teach noise: ${warnings.join('; ')}`];
}
