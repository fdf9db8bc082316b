import type { ReportInput } from '../../src/reports/buildReportData.js';
import type { Predictions } from '../../src/store/Predictions.js';
import { syntheticStudy } from './syntheticStudy.js';

/** A 2x2 grey PNG. */
export const picture =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADklEQVR4nGNgaGBgYAAABYEBAc0Vj6UAAAAASUVORK5CYII=';

/** Three classes, forty images; the student confuses the first two. */
export function madePredictions(classes: readonly string[] = ['shirt', 'coat', 'bag']): Predictions {
  const right = { predicted: 0, probability: 0.9, ofLabel: 0.9 };
  const wrong = { predicted: 1, probability: 0.8, ofLabel: 0.1 };
  return {
    format: 1,
    split: 'validation',
    classes: [...classes],
    images: 40,
    models: {
      student: {
        accuracy: 0.8,
        confusion: [
          [0, 0, 9],
          [0, 1, 6],
          [1, 0, 2],
          [1, 1, 11],
          [2, 2, 12],
        ],
      },
      teacher: {
        accuracy: 0.975,
        confusion: [
          [0, 0, 15],
          [1, 1, 12],
          [1, 2, 1],
          [2, 2, 12],
        ],
      },
    },
    examples: [
      { row: 3, label: 0, image: picture, student: wrong, teacher: right },
      { row: 7, label: 0, student: { ...wrong, ofLabel: 0.02 }, teacher: right },
      { row: 9, label: 1, image: picture, student: { ...wrong, ofLabel: 0.8 }, teacher: { ...right, ofLabel: 0.05 } },
    ],
  };
}

/** A study of which some trials were confirmed by further runs, measured on two devices, and one promoted and looked at. */
export function measuredStudy(options: Parameters<typeof syntheticStudy>[0], classes?: readonly string[]): ReportInput {
  const input = syntheticStudy(options);
  const trials = input.trials.map((trial, i) => {
    const predicted = 0.4 + trial.costs.macs / 4e6;
    const rungs = trial.rungs.map((rung) => ({
      ...rung,
      metrics: { ...rung.metrics, loss_kd: 2 / rung.epoch, loss_ce: 1 / rung.epoch, weight_kd: 0.5 + rung.epoch / 20 },
    }));
    const common = { ...trial, rungs, costs: { ...trial.costs, latency: predicted, 'latency:phone': 2 * predicted } };
    if (trial.state !== 'COMPLETE' || i % 4 !== 0) return common;
    const near = (by: number) => ({ ...trial.metrics, accuracy: trial.metrics.accuracy + by });
    return {
      ...common,
      repeats: [near(0.01), near(-0.007)],
      measured: {
        latency: predicted * (1 + ((i % 7) - 3) / 20),
        'latency:phone': 2 * predicted * (1 + ((i % 5) - 2) / 15),
        latency_disturbed: i % 8 === 0 ? 1 : 0,
      },
    };
  });
  return {
    ...input,
    trials,
    predictions: new Map(input.promotions.map(({ trial }) => [trial, madePredictions(classes)])),
  };
}
