// What pruners would have done with real learning curves: the complete trials of stored studies, in many random orders, are fed to
// each pruner as one worker would, until a number of epochs is spent; then the hypervolume of what was complete, as a share of
// that of all. Trains nothing. Before that, how well the accuracy after each epoch ranks the first study's students.
//   npm run build && npm run bench:replay-pruners -- --results DIR --studies STUDY,... [--epochs 90,120,160] [--orders 200]
//     [--by accuracy,train_loss] [--few]
// --by: which metrics of an epoch a pruner is told in place of the error; --few: the default pruner and none alone. A cell is the
// hypervolume for both corners and the mean of the best accuracies.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { boxOf, corners, volumeOf } from './fronts.mjs';
import { createSilentIo, openBenchGround, openStoreOf } from './openBenchStudy.mjs';
import { replay } from './replay.mjs';

const load = (path) => import(join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', path));
const { kendallTau } = await load('core/kendallTau.js');
const { createRng } = await load('core/rng.js');
const { createPruner } = await load('search/createPruner.js');
const { scaledCost } = await load('search/scaledCost.js');

const { values: flags } = parseArgs({
  options: {
    results: { type: 'string' },
    studies: { type: 'string' },
    epochs: { type: 'string', default: '90,120,160' },
    orders: { type: 'string', default: '200' },
    by: { type: 'string', default: 'accuracy' },
    few: { type: 'boolean', default: false },
  },
});
if (flags.results === undefined || flags.studies === undefined)
  throw new Error('give --results DIR and --studies STUDY,...');
const names = flags.studies.split(',');
const io = createSilentIo(flags.results);
const { config, ground } = await openBenchGround(io, names[0]);
const box = boxOf(ground);
const store = openStoreOf(io);
const completeOf = (name) =>
  store.trials(name).filter(({ origin, state }) => origin === 'search' && state === 'COMPLETE');
const [first, ...others] = names.map(completeOf);
const trials = [...first, ...others.flat()];
store.close();

const last = first.map(({ rungs }) => rungs.at(-1).metrics.accuracy);
/** What is low where a student is good. */
const errorBy = (metric, metrics) => (metric === 'accuracy' ? 1 - metrics.accuracy : metrics[metric]);
const tau = (value) => kendallTau(first.map(value), last)?.toFixed(2);
const metrics = flags.by.split(',');
for (const metric of metrics) {
  const taus = Array.from({ length: config.epochs }, (_, e) => tau(({ rungs }) => -errorBy(metric, rungs[e].metrics)));
  process.stdout.write(`tau of ${metric} with the last accuracy, ${first.length} students: epochs ${taus.join(' ')}\n`);
}
process.stdout.write(`of MACs ${tau((t) => t.costs.macs)}, of parameters ${tau((t) => t.costs.params)}\n`);

/** The complete trials when `limit` epochs are spent. */
function completeBy(pruner, metric, order, limit) {
  const objectivesOf = ({ costs }, { metrics }) => [errorBy(metric, metrics), scaledCost(costs, ground.cost)];
  return [...replay({ pruner, order, epochs: config.epochs, objectivesOf, limit })]
    .filter(([, epochs]) => epochs === config.epochs)
    .map(([number]) => ({
      cost: order[number].costs[ground.cost],
      accuracy: order[number].rungs.at(-1).metrics.accuracy,
    }));
}

const all = trials.map(({ costs, metrics }) => ({ cost: costs[ground.cost], accuracy: metrics.accuracy }));
const whole = corners.map((corner) => volumeOf(all, box, corner));
const limits = flags.epochs.split(',').map(Number);
const cases = [['none', {}]];
const shapes = flags.few ? [[1, 3]] : [1, 2, 3].flatMap((grace) => [2, 3, 4].map((reduction) => [grace, reduction]));
for (const pause of flags.few ? [true] : [true, false])
  for (const [grace, reduction] of shapes) cases.push(['moasha', { grace, reduction, pause }]);
process.stdout.write(`| pruner | by | ${limits.map((limit) => `${limit} epochs`).join(' | ')} |\n`);
process.stdout.write(`| --- | --- | ${limits.map(() => '---').join(' | ')} |\n`);
for (const [name, options] of cases) {
  for (const metric of name === 'none' ? ['accuracy'] : metrics) {
    const cells = limits.map((limit) => {
      const sums = corners.map(() => 0);
      let best = 0;
      for (let i = 0; i < Number(flags.orders); i++) {
        const order = createRng(`order/${i}`).shuffle([...trials]);
        const complete = completeBy(createPruner(name, options, config.epochs), metric, order, limit);
        corners.forEach((corner, k) => (sums[k] += volumeOf(complete, box, corner) / whole[k] / Number(flags.orders)));
        best += Math.max(...complete.map(({ accuracy }) => accuracy)) / Number(flags.orders);
      }
      return `${sums.map((value) => value.toFixed(3)).join(' / ')}, ${(100 * best).toFixed(2)} %`;
    });
    process.stdout.write(`| ${name} ${JSON.stringify(options)} | ${metric} | ${cells.join(' | ')} |\n`);
  }
}
