import type { ArchitectureKernel, Codes } from './ArchitectureKernel.js';
import type { Observation } from './FitSet.js';
import { fitHyperparameters, type Hyperparameters } from './fitHyperparameters.js';
import { GaussianProcess, standardisation, type Located, type Prediction } from './GaussianProcess.js';

/** Hyper-parameters come from at most this many observations; the matrices of the fit are cubic in it. */
const fitLimit = 100;

/** Hyper-parameters of every objective, from the observations alone. */
export function fitObjectives(kernel: ArchitectureKernel, observations: readonly Observation[]): Hyperparameters[] {
  const few = thin(observations, fitLimit);
  const x = few.map((o) => o.codes);
  return few[0].objectives.map((_, m) => {
    const values = few.map((o) => o.objectives[m]);
    const ceiling = ceilingOf(values);
    const y = values.map((v) => Math.min(v, ceiling));
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
  private readonly ceilings: readonly number[];
  /** How many points are not pending ones. */
  private real: number;

  /** @param room how many points may be added */
  constructor(
    kernel: ArchitectureKernel,
    parameters: readonly Hyperparameters[],
    observations: readonly Observation[],
    room: number,
  ) {
    const x = observations.map((o) => o.codes);
    const values = parameters.map((_, m) => observations.map((o) => o.objectives[m]));
    this.ceilings = values.map(ceilingOf);
    this.models = parameters.map((p, m) => {
      const y = values[m].map((v) => Math.min(v, this.ceilings[m]));
      return new GaussianProcess(kernel, p, x, y, room);
    });
    this.real = x.length;
  }

  get room(): number {
    return this.models[0].room;
  }

  add({ codes, objectives }: Observation): void {
    this.models.forEach((model, m) => model.add(codes, Math.min(objectives[m], this.ceilings[m])));
    this.real++;
  }

  /** One place for each objective, to predict near it. */
  locate(codes: Codes): Located[] {
    return this.models.map((model) => model.locate(codes));
  }

  /** @param sure objectives whose mean alone is wanted: they are known once an architecture is looked at closely */
  predict(codes: Codes, sure: readonly boolean[], near?: readonly Located[]): Prediction[] {
    return this.models.map((model, m) =>
      sure[m] ? { mean: model.predictMean(codes, near?.[m]), sd: 0 } : model.predict(codes, near?.[m]),
    );
  }

  /** Adds a pending point as if it had brought what is predicted of it; returns that. */
  believe(codes: Codes): number[] {
    return this.models.map((model) => model.believe(codes));
  }

  /** Forgets the pending points. */
  disbelieve(): void {
    for (const model of this.models) model.truncate(this.real);
  }
}

/**
 * Far worse values than this are pulled in to it, three interquartile ranges over the upper quartile: a student that did not
 * learn at all says little about those that did.
 */
function ceilingOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number) => sorted[Math.round(q * (sorted.length - 1))];
  const ceiling = at(0.75) + 3 * (at(0.75) - at(0.25));
  return ceiling > at(0.75) ? ceiling : Infinity;
}

function thin<T>(items: readonly T[], count: number): readonly T[] {
  if (items.length <= count) return items;
  return Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)]);
}
