import { kendallTau } from '../core/kendallTau.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import { addFeatures } from './features.js';
import { nonNegativeLeastSquares } from './nonNegativeLeastSquares.js';

/** Milliseconds for one unit of each feature; those of value 0 were measured too. */
export type FeatureTimes = Readonly<Record<string, number>>;

/** How far predictions are from measurements of models that they were not fitted to. */
export interface PredictionError {
  readonly models: number;
  /** Share of the models whose prediction is within 10 % of the measurement. */
  readonly within10: number;
  /** Median and 80th percentile of |predicted / measured - 1|. */
  readonly median: number;
  readonly p80: number;
  /** Kendall's tau-b between predicted and measured. */
  readonly tau: number;
}

export interface MeasuredModel {
  readonly spec: ModelSpec;
  readonly ms: number;
}

/** Least squares of the relative errors: a model of 20 us counts as much as one of 20 ms. */
export function fitLatency(models: readonly MeasuredModel[]): FeatureTimes {
  const amounts = models.map(({ spec }) => featuresOf(spec));
  const names = [...new Set(amounts.flatMap((features) => [...features.keys()]))].sort();
  const rows = amounts.map((features, i) => names.map((name) => (features.get(name) ?? 0) / models[i].ms));
  const times = nonNegativeLeastSquares(
    rows,
    rows.map(() => 1),
  );
  return Object.fromEntries(names.map((name, j) => [name, times[j]]));
}

/** Of models that were left out of the fit, by cross-validation: every fold-th model is predicted from all others. */
export function crossValidate(models: readonly MeasuredModel[], folds = 5): PredictionError {
  const predicted = new Array<number>(models.length).fill(0);
  for (let fold = 0; fold < folds; fold++) {
    const times = new Map(Object.entries(fitLatency(models.filter((_, i) => i % folds !== fold))));
    models.forEach(({ spec }, i) => {
      if (i % folds === fold) predicted[i] = sumFeatures(spec, times).ms;
    });
  }
  return predictionError(
    predicted,
    models.map(({ ms }) => ms),
  );
}

export function predictionError(predicted: readonly number[], measured: readonly number[]): PredictionError {
  const errors = predicted.map((ms, i) => Math.abs(ms / measured[i] - 1)).sort((a, b) => a - b);
  const at = (share: number) => errors[Math.min(errors.length - 1, Math.floor(share * errors.length))] ?? NaN;
  return {
    models: errors.length,
    within10: errors.filter((error) => error <= 0.1).length / errors.length,
    median: at(0.5),
    p80: at(0.8),
    tau: kendallTau(predicted, measured),
  };
}

/** The sum of a model's features, each times its time, and the kinds of layers that were never measured. */
export function sumFeatures(
  spec: ModelSpec,
  times: ReadonlyMap<string, number>,
): { ms: number; unknown: ReadonlySet<string> } {
  let ms = 0;
  const unknown = new Set<string>();
  addFeatures(spec, (name, amount) => {
    const time = times.get(name);
    if (time !== undefined) ms += time * amount;
    // The bare name counts the layer itself; what only some of a kind have (`.strided`) may be new.
    else if (!name.includes('.')) unknown.add(name);
  });
  return { ms, unknown };
}

function featuresOf(spec: ModelSpec): Map<string, number> {
  const features = new Map<string, number>();
  addFeatures(spec, (name, amount) => features.set(name, (features.get(name) ?? 0) + amount));
  return features;
}
