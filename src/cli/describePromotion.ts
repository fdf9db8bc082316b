import { join } from 'node:path';
import { formatBytes } from '../core/units.js';
import { exported, modelFiles } from '../promotion/exported.js';
import { latencyLines } from '../promotion/modelCard.js';
import type { PromotionFacts } from '../promotion/promotionFacts.js';
import type { Verification } from '../promotion/verifyExport.js';
import { usage } from '../promotion/usage.js';
import { table } from './table.js';

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

/** What `promote` prints at its end: the comparison, where the files are and how they were verified, what to do next. */
export function describePromotion(facts: PromotionFacts, dir: string): string {
  const { accuracy, student, teacher, verification, comparison } = facts;
  const own: readonly string[] = modelFiles;
  const companions = Object.keys(facts.files).filter((name) => !own.includes(name));
  const params = String(student.costs.params);
  const row = (name: string, value: number, count: string) => [
    name,
    percent(value),
    percent(value / accuracy.teacher),
    count,
  ];
  return [
    table(
      [
        { title: 'model' },
        { title: 'test accuracy', align: 'right' },
        { title: 'of teacher', align: 'right' },
        { title: 'params', align: 'right' },
      ],
      [
        row('student, distilled', accuracy.student, params),
        ...(accuracy.alone === null ? [] : [row('the same, without the teacher', accuracy.alone, params)]),
        row(`teacher ${teacher.name} (${teacher.family})`, accuracy.teacher, String(teacher.params)),
      ],
    ),
    `parameters: 1/${(1 / comparison.paramsShare).toFixed(1)} of the teacher`,
    ...(comparison.overAlone === null ? [] : [teaching(comparison.overAlone)]),
    `written to ${dir}: ${exported.model} + ${exported.weights}, ${exported.onnx}, ${[...companions, exported.card, exported.facts].join(', ')}`,
    ...latencyLines(facts.latency),
    ...verified(verification, student.weights, facts.data.samples),
    '',
    'next: load it',
    ...usage(dir, student.customLayers, facts.data.input).map((line) => `  ${line}`),
  ].join('\n');
}

/** Whether the teacher was worth it, said plainly. `gain`: share of the test images over the same student alone. */
export function teaching(gain: number): string {
  const points = (100 * Math.abs(gain)).toFixed(2);
  if (gain > 0) return `the teacher brought ${points} points`;
  if (gain === 0) return 'the teacher made no difference';
  return (
    `the teacher did not help this student: alone it is ${points} points better ` +
    '(one training each is no proof; a better teacher or other losses may help)'
  );
}

function verified({ bytes, rounding, ...files }: Verification, weights: string, samples: string): string[] {
  const { layersModel, onnx, predicted } = bytes;
  const scales = layersModel.scales > 0 ? ` + ${layersModel.scales} B of scales in ${exported.model}` : '';
  const lines = [
    `verified: both files reloaded; logits differ by at most ${Math.max(files.layersModel, files.onnx).toExponential(1)} (allowed ${files.tolerance})`,
    `bytes: ${predicted} of ${weights} weights, as predicted, in both: ${exported.weights} ${layersModel.weights} B${scales}; ${exported.onnx} ${onnx.weights} B + ${formatBytes(onnx.file - onnx.weights)} of graph`,
  ];
  if (rounding !== null) {
    lines.push(
      `${weights} against float32, ${rounding.images} validation ${samples}: ${percent(rounding.agreement)} keep their class, accuracy ${percent(rounding.accuracy.stored)} (float32 ${percent(rounding.accuracy.float32)}), logits differ by at most ${percent(rounding.shareOfRange)} of their range`,
    );
  }
  return lines;
}

/** The folder of an exported student and its files, for --json. */
export function promotionDocument(facts: PromotionFacts, dir: string) {
  const { study, trial, accuracy, comparison, student, teacher, verification, files, testEvaluated, latency } = facts;
  return {
    study,
    trial,
    accuracy,
    comparison,
    weights: student.weights,
    costs: student.costs,
    latency,
    teacherParams: teacher.params,
    directory: dir,
    card: join(dir, exported.facts),
    files,
    testEvaluated,
    verification,
  };
}
