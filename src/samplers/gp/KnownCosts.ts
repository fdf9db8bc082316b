import type { Rng } from '../../core/rng.js';
import type { SamplerContext } from '../Sampler.js';
import type { ArchitectureKernel, Features } from './ArchitectureKernel.js';
import { fitHyperparameters } from './fitHyperparameters.js';
import { GaussianProcess, standardisation } from './GaussianProcess.js';

const surveyed = 400;
/** Of them for the hyper-parameters, whose matrices are cubic in it. */
const fitted = 100;
/** Fewer say nothing of their mean and spread. */
const leastFitting = 8;

/**
 * Processes of the objectives that need no training, from random architectures that nobody trains: costing one takes a
 * tenth of a millisecond, too much for the hundreds that a proposal scores, and little for four hundred once a study. So
 * candidates are compared by nearly their real costs from the first proposal on.
 */
export class KnownCosts {
  /** By objective; undefined where training must tell. */
  readonly processes: readonly (GaussianProcess | undefined)[];
  /** Mean and spread of each known objective over those of the survey that fit: a slope is one among them. */
  private readonly scales: readonly ({ readonly shift: number; readonly scale: number } | undefined)[];

  /** @param rng the same for a study, however often it was resumed */
  constructor(context: SamplerContext, kernel: ArchitectureKernel, rng: Rng) {
    const drawn = Array.from({ length: surveyed }, () => context.space.sample(rng));
    const different = new Map(drawn.map((architecture) => [String(kernel.encode(architecture)), architecture]));
    const architectures = [...different.values()];
    const x = architectures.map((architecture) => kernel.encode(architecture));
    const rows = architectures.map((architecture) => context.known?.(architecture) ?? []);
    const known = rows[0].map((_, m) => {
      const values = rows.flatMap((row) => row[m] ?? []);
      return values.length < rows.length ? undefined : values;
    });
    const fits = architectures.map((architecture) => context.violation(architecture) <= 0);
    const enough = fits.filter(Boolean).length >= leastFitting;
    this.scales = known.map((values) => values && standardisation(enough ? values.filter((_, i) => fits[i]) : values));
    this.processes = known.map((values) => {
      if (values === undefined) return undefined;
      const { shift, scale } = standardisation(values.slice(0, fitted));
      const y = Float64Array.from(values.slice(0, fitted), (v) => (v - shift) / scale);
      return new GaussianProcess(kernel, fitHyperparameters(kernel, x.slice(0, fitted), y), x, values, 0);
    });
  }

  /** The known ones among an architecture's objectives, standardised over the survey: what other objectives may follow. */
  features(objectives: readonly (number | undefined)[]): Features {
    return this.scales.flatMap((scale, m) => {
      const value = objectives[m];
      return scale === undefined || value === undefined ? [] : [(value - scale.shift) / scale.scale];
    });
  }
}
