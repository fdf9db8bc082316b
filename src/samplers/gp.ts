import { z } from 'zod';
import { Proposals } from './Proposals.js';
import { defineSampler } from './defineSampler.js';
import { ImprovementModel } from './gp/ImprovementModel.js';

/**
 * Bayesian optimisation of several objectives: a Gaussian process for each over the choices, and the candidate of the
 * greatest expected hypervolume improvement (Emmerich, Giannakoglou, Naujoks 2006, doi:10.1109/TEVC.2005.859463; Daulton,
 * Balandat, Bakshy 2020, arXiv:2006.05078). Departures: the improvement is exact instead of sampled; candidates are
 * children of the front and random ones, the best of them climbed by single changes; the finalists are scored again
 * with the costs that they really have, as a cost needs no training; standard deviations count half, which finds
 * better fronts in a hundred trials on the tables of `npm run bench:search`, but more while trials are few for the number of choices, as the model
 * is then surer of itself than it should be; every fourth proposal looks for accuracy alone
 * within the budget, as in logarithms of size most of the volume lies among small students; models see at most `fit` trials, so that a
 * proposal costs the same after a thousand trials and after a hundred thousand.
 */
export const gp = defineSampler({
  name: 'gp',
  summary: 'Bayesian optimisation: Gaussian processes and expected hypervolume improvement',
  paper: 'arXiv:2006.05078',
  options: z.strictObject({
    startup: z.number().int().min(2).max(1000).optional().describe('random trials at first; default: a tenth, 4 to 10'),
    candidates: z.number().int().min(8).max(5000).default(120).describe('architectures scored for a proposal'),
    exploration: z
      .number()
      .min(0)
      .max(10)
      .default(0.5)
      .describe('what standard deviations are multiplied by, in the end'),
    accurate: z
      .number()
      .int()
      .min(0)
      .max(100)
      .default(4)
      .describe('every how many proposals look for the best of the first objective, whatever it costs; 0: never'),
    fit: z.number().int().min(20).max(400).default(100).describe('trials that the models see at most'),
  }),
  create(context, options) {
    const startup = options.startup ?? Math.min(10, Math.max(4, Math.floor((context.trials ?? 100) / 10)));
    const proposals = new Proposals(context);
    const model = new ImprovementModel(context, options.fit, options.candidates, options.exploration);
    return {
      ask() {
        const rng = proposals.nextRng();
        if (proposals.size >= startup && model.ready) {
          const aim = options.accurate > 0 && proposals.size % options.accurate === 0 ? 'first' : 'front';
          for (const architecture of model.ranked(proposals.pending, rng, aim)) {
            const accepted = proposals.accept(architecture);
            if (accepted !== undefined) return accepted;
          }
        }
        return proposals.random(rng);
      },
      tell(trial) {
        proposals.end(trial.id);
        model.tell(trial);
      },
      pending: (architecture, id) => proposals.propose(architecture, id),
      withdraw: (id) => proposals.withdraw(id),
    };
  },
});
