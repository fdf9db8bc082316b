import { z } from 'zod';
import type { Rng } from '../core/rng.js';
import type { Architecture } from '../spaces/SearchSpace.js';
import { Proposals } from './Proposals.js';
import type { SamplerContext } from './Sampler.js';
import { defineSampler } from './defineSampler.js';
import { ArchitectureKernel } from './gp/ArchitectureKernel.js';
import { candidatePool, type PooledCandidate } from './gp/candidatePool.js';
import { ExpectedImprovement } from './gp/ExpectedImprovement.js';
import { FitSet, spread, type Observation } from './gp/FitSet.js';
import { KnownCosts } from './gp/KnownCosts.js';
import { GaussianProcess, type Located } from './gp/GaussianProcess.js';
import { hasNumbers } from './ranking.js';

/** Of the kernel ridge regressions: a prior guess that every choice matters a little, and some noise. */
const ridge = { weight: 0.15, noise: 0.01 };
const looks = 24;

/**
 * Predictor-guided evolution: children of the front are scored by an ensemble of predictors and the best is trained, as in
 * BANANAS (White, Neiswanger, Savani 2021, arXiv:1910.11858): every proposal trusts one member drawn at random, which is
 * independent Thompson sampling and keeps parallel proposals apart. Departures: members are kernel ridge regressions on
 * random four fifths of the trials instead of networks, which train in milliseconds; the score is the improvement of the
 * hypervolume; costs are those that the architecture has, as they need no training.
 */
export const predictor = defineSampler({
  name: 'predictor',
  summary: 'evolution whose children are picked by an ensemble predictor (BANANAS)',
  paper: 'arXiv:1910.11858',
  options: z.strictObject({
    startup: z.number().int().min(2).max(1000).optional().describe('random trials at first; default: a tenth, 4 to 10'),
    children: z.number().int().min(4).max(5000).default(100).describe('architectures scored for a proposal'),
    members: z.number().int().min(1).max(50).default(5).describe('predictors in the ensemble'),
    fit: z.number().int().min(20).max(1000).default(160).describe('trials that the predictors see at most'),
  }),
  create(context, options) {
    const { space } = context;
    const startup = options.startup ?? Math.min(10, Math.max(4, Math.floor((context.trials ?? 100) / 10)));
    const proposals = new Proposals(context);
    const kernel = new ArchitectureKernel(space);
    const set = new FitSet(options.fit);
    const survey = context.rng.fork('costs');
    let costs: KnownCosts | undefined;

    return {
      ask() {
        const rng = proposals.nextRng();
        if (proposals.size >= startup && set.count >= 4 && set.front.length > 0) {
          const member = rng.int(options.members);
          costs ??= new KnownCosts(context, kernel, survey);
          const models = train(kernel, set.chosen(), costs, context.rng.fork(`member/${member}`));
          const parents = set.front.map((o) => o.architecture);
          const children = candidatePool(space, parents, options.children, rng);
          for (const child of ranked(context, set, kernel, models, children)) {
            const accepted = proposals.accept(child);
            if (accepted !== undefined) return accepted;
          }
        }
        return proposals.random(rng);
      },
      tell(trial) {
        proposals.end(trial.id);
        if (hasNumbers(trial)) set.add(trial, kernel.encode(trial.architecture));
      },
      pending: (architecture, id) => proposals.propose(architecture, id),
      withdraw: (id) => proposals.withdraw(id),
    };
  },
});

/** One member: a regression for each objective that needs training, on a random four fifths of the observations. */
function train(
  kernel: ArchitectureKernel,
  all: readonly Observation[],
  costs: KnownCosts,
  rng: Rng,
): GaussianProcess[] {
  const bag = rng.shuffle(all).slice(0, Math.max(3, Math.ceil(0.8 * all.length)));
  const parameters = {
    weights: new Float64Array(kernel.dimensions).fill(ridge.weight),
    slopes: new Float64Array(0),
    noise: ridge.noise,
    variance: 1,
  };
  const x = bag.map((o) => o.codes);
  return all[0].objectives.map((_, m) => {
    const known = costs.processes[m];
    if (known !== undefined) return known;
    const y = bag.map((o) => o.objectives[m]);
    const variances = bag.map((o) => o.variances?.[m] ?? 0);
    return new GaussianProcess(kernel, parameters, x, y, 0, [], variances);
  });
}

/** Children by how much their predicted objectives would add to the hypervolume. */
function ranked(
  { known }: SamplerContext,
  set: FitSet,
  kernel: ArchitectureKernel,
  models: readonly GaussianProcess[],
  children: readonly PooledCandidate[],
): Architecture[] {
  const { reference } = set;
  const front = spread(set.front, 60).map((o) => o.objectives);
  const improvement = new ExpectedImprovement(front, reference);
  const places: (readonly Located[])[] = [];
  const placeOf = (parent: number) => (places[parent] ??= models.map((model) => model.locate(set.front[parent].codes)));
  const scored = children.map(({ architecture, parent }) => {
    const codes = kernel.encode(architecture);
    const near = parent === undefined ? undefined : placeOf(parent);
    const predictions = models.map((model, m) => ({ mean: model.predictMean(codes, near?.[m]), sd: 0 }));
    return { architecture, predictions, score: improvement.of(predictions) };
  });
  scored.sort((a, b) => b.score - a.score);
  const best = scored.slice(0, looks).map(({ architecture, predictions }) => {
    const costs = known?.(architecture) ?? [];
    const score = improvement.of(predictions.map((p, m) => ({ mean: costs[m] ?? p.mean, sd: 0 })));
    return { architecture, score };
  });
  return best.sort((a, b) => b.score - a.score).map(({ architecture }) => architecture);
}
