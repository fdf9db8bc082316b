// What each part of the search brings on real data: studies that differ in one part, with the same seed, space, data, teacher
// and budget; then every arm's finalists trained alike, from scratch, under the teacher, as brief accuracies of different arms
// cannot be compared (what inherits has seen more epochs, what has no teacher has another loss).
//   npm run build && npm run bench:ablation -- --results DIR [--teacher NAME] [--arms default,random,...] [--trials 12]
//     [--epochs 2] [--full-epochs 6] [--train-images 1000] [--validation-images 1000] [--finalists 4] [--seed 1]
//     [--space mobile-cnn] [--budget 100KB] [--data fashion-mnist] [--workers 2] [--json FILE]
// The random arm trains every candidate for the full epochs. Reported: wall-clock of the search, epochs and the
// multiply-accumulates of all training passes (which no busy machine disturbs), hypervolume of the finalists.
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
if (!existsSync(join(dist, 'cli', 'main.js'))) throw new Error('not built yet: npm run build');
const load = (path) => import(join(dist, path));
const { openStore } = await load('store/openStore.js');
const { frontOf } = await load('search/frontOf.js');
const { hypervolume2d } = await load('core/pareto.js');
const { createSilentIo, openBenchStudy } = await import('./openBenchStudy.mjs');

const { values: flags } = parseArgs({
  options: {
    results: { type: 'string' },
    teacher: { type: 'string' },
    arms: { type: 'string' },
    trials: { type: 'string', default: '12' },
    epochs: { type: 'string', default: '2' },
    'full-epochs': { type: 'string', default: '6' },
    'train-images': { type: 'string', default: '1000' },
    'validation-images': { type: 'string', default: '1000' },
    finalists: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
    space: { type: 'string', default: 'mobile-cnn' },
    budget: { type: 'string', default: '100KB' },
    data: { type: 'string', default: 'fashion-mnist' },
    workers: { type: 'string', default: String(availableParallelism()) },
    json: { type: 'string' },
  },
});
if (flags.results === undefined) throw new Error('give --results DIR: studies, data and teachers lie there');
const full = Number(flags['full-epochs']);

/** Flags of each arm; a study file's keys where there is no flag. */
const flagsOf = { pruner: ['--pruner', 'moasha'], inheritance: ['--inherit'], proxy: ['--proxy', 'naswot'] };
const without = (...gone) => Object.entries(flagsOf).flatMap(([part, words]) => (gone.includes(part) ? [] : words));
const parts = without();
const arms = {
  everything: { words: parts },
  'without pruner': { words: without('pruner') },
  'without inheritance': { words: without('inheritance') },
  'without proxy': { words: without('proxy') },
  'without predictor': { words: [...without('proxy'), '--sampler', 'random'] },
  'without teacher': { words: parts, file: 'losses: [{ loss: ce, weight: 1 }]\n' },
  default: { words: [] },
  'random fully run': { words: ['--sampler', 'random'], epochs: full },
};
const chosen = flags.arms === undefined ? Object.keys(arms) : flags.arms.split(',').map((name) => name.trim());
const unknown = chosen.find((name) => !Object.hasOwn(arms, name));
if (unknown !== undefined) throw new Error(`there is no arm "${unknown}": ${Object.keys(arms).join(', ')}`);

const rows = [];
for (const name of chosen) {
  const { words, epochs = Number(flags.epochs), file } = arms[name];
  const study = `ablation-${name.replace(/[^a-z]+/g, '-')}-${flags.seed}`;
  const settings = join(flags.results, `${study}.yaml`);
  writeFileSync(settings, `baselineWidths: [0.25]\n${file ?? ''}`);
  const args = ['search', '--study', study, '--study-file', settings, '--no-report', '--space', flags.space];
  for (const key of ['budget', 'data', 'trials', 'train-images', 'validation-images', 'seed', 'workers'])
    args.push(`--${key}`, flags[key]);
  if (flags.teacher !== undefined) args.push('--teacher', flags.teacher);
  const started = performance.now();
  const ran = spawnSync(
    process.execPath,
    [join(root, 'bin', 'nas-distill.mjs'), '--results', flags.results, ...args, '--epochs', String(epochs), ...words],
    { encoding: 'utf8' },
  );
  if (ran.status !== 0) throw new Error(`${name}: ${ran.stderr}`);
  const seconds = (performance.now() - started) / 1000;
  const store = openStore(join(flags.results, 'nas-distill.db'), { readonly: true });
  const trials = store.trials(study);
  store.close();
  const students = trials.filter(({ origin }) => origin === 'search');
  const epochsOf = ({ rungs }) => rungs.at(-1)?.epoch ?? 0;
  const front = frontOf(trials, 'bytes');
  const finalists = Array.from(
    new Set(Array.from({ length: Number(flags.finalists) }, (_, i) => front[Math.round((i * (front.length - 1)) / Math.max(1, flags.finalists - 1))])), // prettier-ignore
  );
  const said = ran.stderr.split('\n').filter((line) => /^proxy .*: (on|off)/.test(line));
  rows.push({
    name,
    study,
    seconds,
    students: students.length,
    pruned: students.filter(({ state }) => state === 'PRUNED').length,
    epochs: students.reduce((sum, trial) => sum + epochsOf(trial), 0),
    // Forward and backward: three passes.
    gmacs:
      students.reduce((sum, trial) => sum + 3 * epochsOf(trial) * flags['train-images'] * trial.costs.macs, 0) / 1e9,
    proxy: said,
    finalists,
  });
  process.stderr.write(`${name}: ${seconds.toFixed(0)} s, front of ${front.length}\n`);
}

// The finalists of all arms, each architecture once, under one training.
const bench = await openBenchStudy(createSilentIo(flags.results), rows[0].study, full);
const accuracy = new Map();
try {
  for (const { finalists } of rows) {
    for (const trial of finalists) {
      if (!accuracy.has(trial.architectureId))
        accuracy.set(
          trial.architectureId,
          (await bench.train(trial.spec, `final/${trial.architectureId}`, full)).accuracy,
        );
    }
  }
} finally {
  bench.close();
}

const all = rows.flatMap(({ finalists }) => finalists);
const largest = Math.max(...all.map(({ costs }) => costs.bytes));
const smallest = Math.min(...all.map(({ costs }) => costs.bytes));
const scale = Math.log(largest * 1.05) - Math.log(smallest * 0.95) || 1;
const result = rows.map(({ finalists, ...row }) => {
  const points = finalists.map((trial) => [
    1 - accuracy.get(trial.architectureId),
    (Math.log(trial.costs.bytes) - Math.log(smallest * 0.95)) / scale,
  ]);
  return {
    ...row,
    hypervolume: hypervolume2d(points, [1, 1]),
    finalists: finalists.map((trial) => ({
      trial: trial.number,
      bytes: trial.costs.bytes,
      brief: trial.metrics.accuracy,
      full: accuracy.get(trial.architectureId),
    })),
  };
});
const shown = (value, digits) => value.toFixed(digits).padStart(9);
process.stdout.write(
  `${'arm'.padEnd(22)}  seconds   epochs  pruned    GMACs  hypervolume  best full accuracy\n${result
    .map(
      (row) =>
        `${row.name.padEnd(22)}${shown(row.seconds, 0)}${shown(row.epochs, 0)}${shown(row.pruned, 0)}${shown(row.gmacs, 1)}${shown(row.hypervolume, 4).padStart(13)}${shown(100 * Math.max(...row.finalists.map((f) => f.full)), 2).padStart(18)} %`,
    )
    .join('\n')}\n`,
);
if (flags.json) {
  const document = { flags, load: loadavg(), arms: result };
  writeFileSync(flags.json, `${JSON.stringify(document, null, 1)}\n`);
}
