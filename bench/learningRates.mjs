// Which optimiser and peak learning rate suit a brief distillation: the same random students of a study's space, within its budget, trained under
// each, all else as the study says.
//   npm run build && npm run bench:learning-rates -- --results DIR --study NAME [--rates adamw:0.01:64,adamw:0.02,sgd:0.3:32] [--students 6]
//     [--epochs N] [--seed 1] [--json FILE]
// A rate is OPTIMISER:RATE or OPTIMISER:RATE:BATCH. A student has the same first weights, order and noise under each. Prints the validation accuracy of each student and the mean; `against` is the
// mean difference to the first rate with its standard error over the students.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createSilentIo, openBenchStudy } from './openBenchStudy.mjs';

const load = (path) => import(join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', path));
const { createRng } = await load('core/rng.js');
const { violations } = await load('costs/budgets.js');

const { values: flags } = parseArgs({
  options: {
    results: { type: 'string', default: 'results' },
    study: { type: 'string' },
    rates: { type: 'string', default: 'adamw:0.01,adamw:0.02,sgd:0.3' },
    students: { type: 'string', default: '6' },
    epochs: { type: 'string' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});
if (flags.study === undefined) throw new Error('give --study: a search that ran before says space, data and teacher');

const sgdOptions = { momentum: 0.9, nesterov: true, weightDecay: 5e-4 };
const arms = flags.rates.split(',').map((text) => {
  const [name, rate, batch] = text.split(':');
  if (!['adamw', 'sgd'].includes(name) || !(Number(rate) > 0))
    throw new Error(`--rates: ${text} is not like adamw:0.01`);
  const optimiser = name === 'sgd' ? { name, options: sgdOptions } : { name, options: { weightDecay: 0.05 } };
  return {
    name: text,
    training: { optimiser, learningRate: Number(rate), ...(batch === undefined ? {} : { batchSize: Number(batch) }) },
    accuracies: [],
  };
});

const bench = await openBenchStudy(createSilentIo(flags.results), flags.study);
const { config, ground } = bench;
const students = studentsOf(Number(flags.students), createRng(Number(flags.seed)));
for (const { spec, costs } of students) {
  for (const arm of arms) {
    const epochs = Number(flags.epochs ?? config.epochs);
    const { accuracy } = await bench.train(spec, `rates/${flags.seed}`, epochs, undefined, arm.training);
    arm.accuracies.push(accuracy);
    process.stderr.write(`${costs.bytes} bytes, ${arm.name}: ${percent(accuracy)}\n`);
  }
}
bench.close();

const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
console.log(
  `study ${flags.study}, ${students.length} students of ${students.map(({ costs }) => costs.bytes).join(', ')} bytes`,
);
for (const { name, accuracies } of arms) {
  const gains = accuracies.map((accuracy, i) => accuracy - arms[0].accuracies[i]);
  const spread = Math.sqrt(mean(gains.map((gain) => (gain - mean(gains)) ** 2)) / Math.max(1, gains.length - 1));
  const against = `${mean(gains) < 0 ? '' : '+'}${(100 * mean(gains)).toFixed(2)} +- ${(100 * spread).toFixed(2)}`;
  console.log(
    `${name.padEnd(14)} mean ${percent(mean(accuracies))}, against ${arms[0].name} ${against}: ${accuracies.map(percent).join(' ')}`,
  );
}
if (flags.json) writeFileSync(flags.json, JSON.stringify({ flags, students, arms }));

/** Random students that fit, one for each part of the range of sizes in logarithms, the largest part half to all of the budget. */
function studentsOf(count, rng) {
  const { space, builder, budgets } = ground;
  const fitting = [];
  while (fitting.length < 20 * count) {
    const architecture = space.sample(rng);
    const { spec, costs } = builder.build(architecture);
    if (violations(costs, budgets).every((excess) => excess <= 0))
      fitting.push({ spec, costs, choices: architecture.choices });
  }
  fitting.sort((a, b) => a.costs.bytes - b.costs.bytes);
  return Array.from({ length: count }, (_, i) => fitting[Math.floor(((i + 0.5) * fitting.length) / count)]);
}

function percent(value) {
  return (100 * value).toFixed(1);
}
