import type { Rng } from '../../core/rng.js';
import type { Architecture } from '../../spaces/SearchSpace.js';
import type { FinishedTrial, SamplerContext } from '../Sampler.js';
import { ArchitectureKernel, type Codes } from './ArchitectureKernel.js';
import { neighbours } from '../neighbours.js';
import { candidatePool } from './candidatePool.js';
import { ExpectedImprovement } from './ExpectedImprovement.js';
import { FitSet, spread, type Observation } from './FitSet.js';
import type { Hyperparameters } from './fitHyperparameters.js';
import type { Located, Prediction } from './GaussianProcess.js';
import { KnownCosts } from './KnownCosts.js';
import { fitObjectives, Surrogate } from './Surrogate.js';

interface Scored {
  readonly architecture: Architecture;
  readonly codes: Codes;
  readonly predictions: readonly Prediction[];
  readonly score: number;
}

/** Points of a front that the improvement is measured against, by number of objectives: its boxes grow as a power. */
const frontLimits = [1, 1, 200, 24, 10];
const climbers = 2;
const climbRounds = 3;
/** Neighbours that a climber looks at in a round: proposals stay quick in spaces of many choices. */
const climbWidth = 32;
/** How many of the best that fit are scored again with what they really cost, and how many are looked at for that. */
const finalists = 8;
const looks = 48;
/** Trials from which on there is a model. */
const fewest = 4;
/** By how much more standard deviations count while trials are few for the choices that there are: 1 + this * choices / trials. */
const early = 2;

/** Ranks architectures by expected hypervolume improvement under Gaussian processes of what was told. */
export class ImprovementModel {
  private readonly kernel: ArchitectureKernel;
  private readonly set: FitSet;
  private readonly tried = new Set<string>();
  /** Taken at fixed numbers of trials, so that hyper-parameters and models do not depend on when one asks. */
  private fitBasis: readonly Observation[] | undefined;
  private fitted: readonly (Hyperparameters | undefined)[] | undefined;
  private costs: KnownCosts | undefined;
  /** Of the study, not of a proposal. */
  private readonly survey: Rng;
  private basis: readonly Observation[] = [];
  /** Told after the basis was taken. */
  private since: Observation[] = [];
  private surrogate: { readonly model: Surrogate; added: number } | undefined;

  constructor(
    private readonly context: SamplerContext,
    limit: number,
    private readonly candidates: number,
    private readonly exploration: number,
  ) {
    this.kernel = new ArchitectureKernel(context.space);
    this.set = new FitSet(limit);
    this.survey = context.rng.fork('costs');
  }

  get ready(): boolean {
    return this.fitBasis !== undefined && this.set.front.length > 0;
  }

  tell(trial: FinishedTrial): void {
    const codes = this.kernel.encode(trial.architecture);
    this.tried.add(String(codes));
    if (trial.objectives.length === 0 || !trial.objectives.every(Number.isFinite)) return;
    const learnt = this.set.add(trial, codes);
    if (learnt !== undefined) this.since.push(learnt);
    const { count } = this.set;
    // Paused trials say nothing until one is complete; a trial that went further is not counted again.
    const silent = this.basis.length === 0;
    if (!rebuilds(count) && !(silent && count >= fewest)) return;
    this.basis = this.set.chosen();
    this.since = [];
    this.surrogate = undefined;
    if (this.basis.length > 0 && (silent || refits(count))) {
      this.fitBasis = this.basis;
      this.fitted = undefined;
    }
  }

  /** The models of all that was told, grown from those of the last proposal where they are the same. */
  private modelled(fitBasis: readonly Observation[], room: number): Surrogate {
    this.costs ??= new KnownCosts(this.context, this.kernel, this.survey);
    this.fitted ??= fitObjectives(this.kernel, fitBasis, this.costs);
    const missing = this.since.length - (this.surrogate?.added ?? 0);
    if (this.surrogate === undefined || this.surrogate.model.room < missing + room) {
      const more = this.since.length + room + 16;
      this.surrogate = { model: new Surrogate(this.kernel, this.fitted, this.basis, this.costs, more), added: 0 };
    }
    const { model, added } = this.surrogate;
    for (const observation of this.since.slice(added)) model.add(observation);
    this.surrogate.added = this.since.length;
    return model;
  }

  /**
   * New architectures that fit, the most promising first.
   * @param aim front: by expected hypervolume improvement; first: by expected improvement of the first objective alone
   */
  ranked(pending: readonly Architecture[], rng: Rng, aim: 'front' | 'first' = 'front'): Architecture[] {
    if (this.fitBasis === undefined) return [];
    const surrogate = this.modelled(this.fitBasis, pending.length);
    try {
      return this.search(surrogate, pending, rng, aim);
    } finally {
      surrogate.disbelieve();
    }
  }

  private search(
    surrogate: Surrogate,
    pending: readonly Architecture[],
    rng: Rng,
    aim: 'front' | 'first',
  ): Architecture[] {
    const taken = new Set<string>();
    const imagined = pending.map((architecture) => {
      const codes = this.kernel.encode(architecture);
      taken.add(String(codes));
      const lie = surrogate.believe(codes);
      return this.context.known?.(architecture).map((v, m) => v ?? lie[m]) ?? lie;
    });
    const { reference, front: best } = this.set;
    const front = spread(best, frontLimits[reference.length] ?? 6).map((o) => o.objectives);
    const points = [...front, ...imagined];
    const improvement =
      aim === 'front'
        ? new ExpectedImprovement(points, reference)
        : new ExpectedImprovement([], [Math.min(...points.map(([first]) => first))]);

    const boldness = this.exploration * (1 + (early * this.kernel.dimensions) / this.set.count);
    const scored: Scored[] = [];
    const score = (architecture: Architecture, near?: readonly Located[]): Scored | undefined => {
      const codes = this.kernel.encode(architecture);
      const key = String(codes);
      if (taken.has(key) || this.tried.has(key)) return undefined;
      taken.add(key);
      const predictions = surrogate.predict(codes, near).map(({ mean, sd }) => ({ mean, sd: sd * boldness }));
      const one = { architecture, codes, predictions, score: improvement.of(predictions) };
      scored.push(one);
      return one;
    };
    const parents = best.map((o) => o.architecture);
    const places: (readonly Located[])[] = [];
    for (const { architecture, parent } of candidatePool(this.context.space, parents, this.candidates, rng)) {
      score(architecture, parent === undefined ? undefined : (places[parent] ??= surrogate.locate(best[parent].codes)));
    }
    scored.sort((a, b) => b.score - a.score);
    for (let top of scored.slice(0, climbers)) {
      for (let round = 0; round < climbRounds; round++) {
        const place = surrogate.locate(top.codes);
        const next = neighbours(this.context.space, top.architecture, rng, climbWidth).map((a) => score(a, place));
        const better = next.reduce((a, b) => ((b?.score ?? -1) > (a?.score ?? -1) ? b : a), top);
        if (better === undefined || better === top) break;
        top = better;
      }
    }
    scored.sort((a, b) => b.score - a.score);
    return this.withCosts(scored, improvement);
  }

  /** The best that fit, ranked with their real costs. */
  private withCosts(scored: readonly Scored[], improvement: ExpectedImprovement): Architecture[] {
    const fitting = [];
    for (const { architecture, predictions } of scored.slice(0, looks)) {
      if (this.context.violation(architecture) > 0) continue;
      const known = this.context.known?.(architecture) ?? [];
      const sure = predictions.map((p, m) => (known[m] === undefined ? p : { mean: known[m], sd: 0 }));
      fitting.push({ architecture, score: improvement.of(sure) });
      if (fitting.length === finalists) break;
    }
    return fitting.sort((a, b) => b.score - a.score).map(({ architecture }) => architecture);
  }
}

/** After every trial while they are few, then every tenth: in between models grow by what was told. */
function rebuilds(count: number): boolean {
  return count >= fewest && (count <= 60 || count % 10 === 0);
}

/** After 4, 5, 6 ... 20 trials, then ever more seldom. */
function refits(count: number): boolean {
  if (count < fewest) return false;
  const every = count <= 20 ? 2 : count <= 60 ? 5 : count <= 200 ? 10 : 100;
  return count % every === 0;
}
