// How well the model of sampler gp ranks students that it has not seen, from stored learning curves: some of the complete trials of random
// studies, in random orders, go through moasha; what is left of them is told to the model, and its accuracies of all others are compared with the
// real ones (Kendall's tau). Trains nothing.
//   npm run build && npm run bench:learnt-model -- --results DIR --studies STUDY,... [--told 40] [--orders 20]
// `told`: as a search tells them; `without costs`: the model does not know sizes; `complete alone`: pruned trials left out; `all complete`: as if
// nothing had been pruned.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createSilentIo, openBenchGround, openStoreOf } from './openBenchStudy.mjs';
import { replay } from './replay.mjs';

const load = (path) => import(join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', path));
const { kendallTau } = await load('core/kendallTau.js');
const { createRng } = await load('core/rng.js');
const { violations } = await load('costs/budgets.js');
const { ArchitectureKernel } = await load('samplers/gp/ArchitectureKernel.js');
const { FitSet } = await load('samplers/gp/FitSet.js');
const { KnownCosts } = await load('samplers/gp/KnownCosts.js');
const { Surrogate, fitObjectives } = await load('samplers/gp/Surrogate.js');
const { createPruner } = await load('search/createPruner.js');
const { scaledCost } = await load('search/scaledCost.js');

const { values: flags } = parseArgs({
  options: {
    results: { type: 'string' },
    studies: { type: 'string' },
    told: { type: 'string', default: '40' },
    orders: { type: 'string', default: '20' },
  },
});
if (flags.results === undefined || flags.studies === undefined)
  throw new Error('give --results DIR and --studies STUDY,...');
const names = flags.studies.split(',');
const [told, orders] = [flags.told, flags.orders].map(Number);
const io = createSilentIo(flags.results);
const { config, ground } = await openBenchGround(io, names[0]);
const { space, builder, budgets, cost } = ground;
const store = openStoreOf(io);
const trials = names
  .flatMap((name) => store.trials(name))
  .filter(({ origin, state }) => origin === 'search' && state === 'COMPLETE');
store.close();

const kernel = new ArchitectureKernel(space);
const objectivesOf = ({ costs }, { metrics }) => [1 - metrics.accuracy, scaledCost(costs, cost)];
const context = {
  space,
  violation: (architecture) => violations(builder.costs(architecture), budgets).reduce((a, b) => a + b, 0),
};
const knowing = new KnownCosts(
  { ...context, known: (architecture) => [undefined, scaledCost(builder.costs(architecture), cost)] },
  kernel,
  createRng('survey'),
);
const blind = new KnownCosts({ ...context, known: () => [undefined, undefined] }, kernel, createRng('survey'));

/** Predicted errors of the others, from a model that was told so much of each trial. */
function predictions(seen, others, costs) {
  const set = new FitSet(100);
  for (const [trial, epochs] of seen) {
    const rungs = trial.rungs.slice(0, epochs).map((rung) => objectivesOf(trial, rung));
    const state = epochs === config.epochs ? 'COMPLETE' : 'PRUNED';
    const finished = { architecture: trial.architecture, id: String(trial.architectureId), state, rungs };
    set.add({ ...finished, objectives: rungs.at(-1), violations: [] }, kernel.encode(trial.architecture));
  }
  const observations = set.chosen();
  const model = new Surrogate(kernel, fitObjectives(kernel, observations, costs), observations, costs, 0);
  return others.map(({ architecture }) => model.predict(kernel.encode(architecture))[0].mean);
}

const sums = new Map();
for (let i = 0; i < orders; i++) {
  const order = createRng(`order/${i}`).shuffle([...trials]);
  const [tried, others] = [order.slice(0, told), order.slice(told)];
  const pruner = createPruner('moasha', {}, config.epochs);
  const trained = [...replay({ pruner, order: tried, epochs: config.epochs, objectivesOf })];
  const seen = trained.map(([number, epochs]) => [tried[number], epochs]);
  const complete = seen.filter(([, epochs]) => epochs === config.epochs);
  const cases = {
    told: [seen, knowing],
    'without costs': [seen, blind],
    'complete alone': [complete, knowing],
    'all complete': [tried.map((trial) => [trial, config.epochs]), knowing],
  };
  const real = others.map(({ metrics }) => 1 - metrics.accuracy);
  for (const [name, [what, costs]] of Object.entries(cases)) {
    const tau = kendallTau(predictions(what, others, costs), real);
    const before = sums.get(name) ?? { tau: 0, trials: 0 };
    sums.set(name, { tau: before.tau + tau / orders, trials: before.trials + what.length / orders });
  }
}
process.stdout.write(`${trials.length} students, ${told} told, ${orders} orders\n`);
for (const [name, { tau, trials: count }] of sums)
  process.stdout.write(`${name} (${count.toFixed(0)} trials): tau ${tau.toFixed(3)} with the others' accuracy\n`);
