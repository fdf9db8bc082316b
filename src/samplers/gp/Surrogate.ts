import type { ArchitectureKernel, Codes } from './ArchitectureKernel.js';
import type { Observation } from './FitSet.js';
import { fitHyperparameters, type Hyperparameters } from './fitHyperparameters.js';
import { GaussianProcess, standardisation, type Prediction } from './GaussianProcess.js';

/** Hyper-parameters come from at most this many observations; the matrices of the fit are cubic in it. */
const fitLimit = 100;

/** Hyper-parameters of every objective, from the observations alone. */
export function fitObjectives(kernel: ArchitectureKernel, observations: readonly Observation[]): Hyperparameters[] {
  const few = thin(observations, fitLimit);
  const x = few.map((o) => o.codes);
  return few[0].objectives.map((_, m) => {
    const y = targets(few, m);
    const { shift, scale } = standardisation(y);
    return fitHyperparameters(
      kernel,
      x,
      Float64Array.from(y, (v) => (v - shift) / scale),
    );
  });
}

/** One Gaussian process for each objective. */
export class Surrogate {
  private readonly models: readonly GaussianProcess[];

  constructor(
    kernel: ArchitectureKernel,
    parameters: readonly Hyperparameters[],
    observations: readonly Observation[],
    room: number,
  ) {
    const x = observations.map((o) => o.codes);
    this.models = parameters.map((p, m) => new GaussianProcess(kernel, p, x, targets(observations, m), room));
  }

  /** @param sure objectives whose mean alone is wanted: they are known once an architecture is looked at closely */
  predict(codes: Codes, sure: readonly boolean[]): Prediction[] {
    return this.models.map((model, m) => (sure[m] ? { mean: model.predictMean(codes), sd: 0 } : model.predict(codes)));
  }

  /** Adds a pending point as if it had brought what is predicted of it; returns that. */
  believe(codes: Codes): number[] {
    return this.models.map((model) => model.believe(codes));
  }
}

/**
 * Values of one objective, the far worse ones pulled in to three interquartile ranges over the upper quartile: a student
 * that did not learn at all says little about those that did.
 */
function targets(observations: readonly Observation[], m: number): number[] {
  const values = observations.map((o) => o.objectives[m]);
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number) => sorted[Math.round(q * (sorted.length - 1))];
  const ceiling = at(0.75) + 3 * (at(0.75) - at(0.25));
  return ceiling > at(0.75) ? values.map((v) => Math.min(v, ceiling)) : values;
}

function thin<T>(items: readonly T[], count: number): readonly T[] {
  if (items.length <= count) return items;
  return Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)]);
}
