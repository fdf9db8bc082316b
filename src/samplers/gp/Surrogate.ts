import type { ArchitectureKernel, Codes } from './ArchitectureKernel.js';
import type { Observation } from './FitSet.js';
import { fitHyperparameters, type Hyperparameters } from './fitHyperparameters.js';
import type { KnownCosts } from './KnownCosts.js';
import { GaussianProcess, standardisation, type Located, type Prediction } from './GaussianProcess.js';

/** Hyper-parameters come from at most this many observations; the matrices of the fit are cubic in it. */
const fitLimit = 100;

/** Hyper-parameters of every objective that needs training, from the observations alone. */
export function fitObjectives(
  kernel: ArchitectureKernel,
  observations: readonly Observation[],
  costs: KnownCosts,
): (Hyperparameters | undefined)[] {
  const few = thin(observations, fitLimit);
  const x = few.map((o) => o.codes);
  const features = few.map((o) => costs.features(o.objectives));
  return few[0].objectives.map((_, m) => {
    if (costs.processes[m] !== undefined) return undefined;
    const values = few.map((o) => o.objectives[m]);
    const ceiling = ceilingOf(values);
    const y = values.map((v) => Math.min(v, ceiling));
    const { shift, scale } = standardisation(y);
    return fitHyperparameters(
      kernel,
      x,
      Float64Array.from(y, (v) => (v - shift) / scale),
      features,
      few.map((o) => (o.variances?.[m] ?? 0) / scale ** 2),
    );
  });
}

/**
 * One Gaussian process for each objective; those of costs that are known before training learn nothing from trials. The others may have a slope along
 * those costs (docs/ablation.md has what that brings).
 */
export class Surrogate {
  private readonly models: readonly GaussianProcess[];
  /** Those that training must tell, and where far worse values are pulled in to. */
  private readonly trained: readonly {
    readonly m: number;
    readonly model: GaussianProcess;
    readonly ceiling: number;
  }[];
  /** How many points are not pending ones. */
  private real: number;

  /** @param room how many points may be added */
  constructor(
    kernel: ArchitectureKernel,
    parameters: readonly (Hyperparameters | undefined)[],
    observations: readonly Observation[],
    private readonly costs: KnownCosts,
    room: number,
  ) {
    const x = observations.map((o) => o.codes);
    const features = observations.map((o) => costs.features(o.objectives));
    this.trained = parameters.flatMap((p, m) => {
      if (p === undefined) return [];
      const ceiling = ceilingOf(observations.map((o) => o.objectives[m]));
      const y = observations.map((o) => Math.min(o.objectives[m], ceiling));
      const variances = observations.map((o) => o.variances?.[m] ?? 0);
      return [{ m, ceiling, model: new GaussianProcess(kernel, p, x, y, room, features, variances) }];
    });
    this.models = parameters.map((_, m) => {
      const model = costs.processes[m] ?? this.trained.find((t) => t.m === m)?.model;
      if (model === undefined) throw new RangeError(`objective ${m} is neither known nor modelled`);
      return model;
    });
    this.real = x.length;
  }

  get room(): number {
    return this.trained.reduce((least, { model }) => Math.min(least, model.room), Infinity);
  }

  add({ codes, objectives, variances }: Observation): void {
    const features = this.costs.features(objectives);
    for (const { m, model, ceiling } of this.trained)
      model.add(codes, Math.min(objectives[m], ceiling), features, variances?.[m]);
    this.real++;
  }

  /** One place for each objective, to predict near it. */
  locate(codes: Codes): Located[] {
    return this.models.map((model) => model.locate(codes));
  }

  /** Costs that are known before training are certain. */
  predict(codes: Codes, near?: readonly Located[]): Prediction[] {
    const known = this.known(codes, near);
    const features = this.costs.features(known);
    return this.models.map((model, m) => {
      const mean = known[m];
      return mean === undefined ? model.predict(codes, near?.[m], features) : { mean, sd: 0 };
    });
  }

  /** Adds a pending point as if it had brought what is predicted of it; returns that. */
  believe(codes: Codes): number[] {
    const known = this.known(codes);
    const features = this.costs.features(known);
    return this.models.map((model, m) => known[m] ?? model.believe(codes, features));
  }

  /** What the costs that are known before training are about, by objective. */
  private known(codes: Codes, near?: readonly Located[]): (number | undefined)[] {
    return this.costs.processes.map((process, m) => process?.predictMean(codes, near?.[m]));
  }

  /** Forgets the pending points. */
  disbelieve(): void {
    for (const { model } of this.trained) model.truncate(this.real);
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
