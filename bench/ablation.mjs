// What each part of the search brings on real data: studies that differ in one part, with the same seeds, space, data, teacher
// and budget; then every arm's finalists trained alike, from scratch, under the teacher, and compared on the test images, as
// accuracies within the searches cannot be (what inherits has seen more epochs, what has no teacher has another loss).
//   npm run build && npm run bench:ablation -- --results DIR [--teacher NAME] [--arms "everything,without pruner,..."]
//     [--seeds 1,2] [--trials 16] [--epochs 8] [--batch 32] [--train-images 1000] [--validation-images 1000] [--finalists 4]
//     [--space mobile-cnn] [--budget 100KB] [--data fashion-mnist] [--proxy snip] [--proxy-startup 6]
//     [--workers 1] [--json FILE]
// Reported: processor seconds of the whole command, epochs and the multiply-accumulates of all training passes (which no busy
// machine disturbs), the hypervolume of the finalists. Searches and finalists that are done are not run again: an interrupted
// bench goes on, and more seeds or arms are added to what is there.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { boxOf, corners, frontOfStudents, spread, volumeOf } from './fronts.mjs';
import { createSilentIo, openBenchStudy, openStoreOf } from './openBenchStudy.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const { values: flags } = parseArgs({
  options: {
    results: { type: 'string' },
    teacher: { type: 'string' },
    arms: { type: 'string' },
    seeds: { type: 'string', default: '1,2' },
    trials: { type: 'string', default: '16' },
    epochs: { type: 'string', default: '8' },
    batch: { type: 'string', default: '32' },
    'train-images': { type: 'string', default: '1000' },
    'validation-images': { type: 'string', default: '1000' },
    finalists: { type: 'string', default: '4' },
    space: { type: 'string', default: 'mobile-cnn' },
    budget: { type: 'string', default: '100KB' },
    data: { type: 'string', default: 'fashion-mnist' },
    proxy: { type: 'string', default: 'snip' },
    // So few that a pruned study of 16 trials completes as many.
    'proxy-startup': { type: 'string', default: '6' },
    workers: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});
if (flags.results === undefined) throw new Error('give --results DIR: studies, data and teachers lie there');

/** Flags of each part, switched on and off. */
const partsOf = {
  pruner: [['--pruner', 'moasha'], ['--pruner', 'none']],
  inheritance: [['--inherit'], []],
  proxy: [['--proxy', flags.proxy], []],
  predictor: [['--sampler', 'gp'], ['--sampler', 'random']],
}; // prettier-ignore
const without = (...gone) => Object.entries(partsOf).flatMap(([part, [on, off]]) => (gone.includes(part) ? off : on));
const arms = {
  everything: { words: without() },
  'without pruner': { words: without('pruner') },
  'without inheritance': { words: without('inheritance') },
  'without proxy': { words: without('proxy') },
  // A proxy guesses accuracies as well.
  'without predictor': { words: without('predictor', 'proxy') },
  'without teacher': { words: without(), file: 'losses: [{ loss: ce, weight: 1 }]\n' },
  default: { words: [] },
  random: { words: without('pruner', 'inheritance', 'proxy', 'predictor') },
};
const chosen = flags.arms === undefined ? Object.keys(arms) : flags.arms.split(',').map((name) => name.trim());
const unknown = chosen.find((name) => !Object.hasOwn(arms, name));
if (unknown !== undefined) throw new Error(`there is no arm "${unknown}": ${Object.keys(arms).join(', ')}`);
const seeds = flags.seeds.split(',').map(Number);
const io = createSilentIo(flags.results);
const folder = join(flags.results, 'ablation');
mkdirSync(folder, { recursive: true });
const readJson = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined);

/** Runs a command; processor seconds of it and of all its own children. */
function run(args) {
  return new Promise((resolve, reject) => {
    // A shell of its own, as `times` tells what its children took.
    const child = spawn('bash', ['-c', '"$@"; code=$?; times >&2; exit $code', 'bash', process.execPath, ...args], { stdio: ['ignore', 'ignore', 'pipe'] }); // prettier-ignore
    let said = '';
    child.stderr.on('data', (data) => (said += data));
    child.on('error', reject).on('close', (code) => {
      if (code !== 0) return reject(new Error(`${args.join(' ')}: ${said.slice(-2000)}`));
      const times = said.trim().split('\n').at(-1).split(' ');
      const seconds = times.map((time) => /^(\d+)m([\d.]+)s$/.exec(time)).map(([, m, s]) => 60 * Number(m) + Number(s));
      return resolve({ said, cpuSeconds: seconds[0] + seconds[1] });
    });
  });
}

async function search(name, seed) {
  const { words, file } = arms[name];
  const study = `ablation-${name.replace(/[^a-z]+/g, '-')}-${seed}`;
  const record = join(folder, `${study}.json`);
  const done = readJson(record);
  if (done !== undefined) return { ...done, study };
  const settings = join(folder, `${study}.yaml`);
  writeFileSync(
    settings,
    `baselineWidths: []\nbatchSize: ${flags.batch}\nproxyOptions: { startup: ${flags['proxy-startup']} }\n${file ?? ''}`,
  );
  const args = ['search', '--study', study, '--study-file', settings, '--no-report', '--seed', String(seed)];
  for (const key of ['space', 'budget', 'data', 'trials', 'epochs', 'train-images', 'validation-images', 'workers'])
    args.push(`--${key}`, flags[key]);
  if (flags.teacher !== undefined) args.push('--teacher', flags.teacher);
  const { said, cpuSeconds } = await run([join(root, 'bin', 'nas-distill.mjs'), '--results', flags.results, ...args, ...words]); // prettier-ignore
  const proxy = said.split('\n').filter((line) => /^proxy .*: (on|off)/.test(line));
  writeFileSync(record, JSON.stringify({ cpuSeconds, proxy, load: loadavg()[0] }));
  return { cpuSeconds, proxy, study };
}

const rows = [];
for (const seed of seeds) {
  for (const name of chosen) {
    const { study, cpuSeconds, proxy } = await search(name, seed);
    const store = openStoreOf(io);
    const trials = store.trials(study).filter(({ origin }) => origin === 'search');
    store.close();
    const epochsOf = ({ rungs }) => rungs.at(-1)?.epoch ?? 0;
    // Forward and backward: three passes; the validation images after each epoch: one.
    const passes = 3 * Number(flags['train-images']) + Number(flags['validation-images']);
    const complete = trials.filter(({ state }) => state === 'COMPLETE');
    const students = complete.map((trial) => ({ trial, cost: trial.costs.bytes, accuracy: trial.metrics.accuracy }));
    rows.push({
      name,
      seed,
      study,
      cpuSeconds,
      proxy,
      students: trials.length,
      complete: complete.length,
      epochs: trials.reduce((sum, trial) => sum + epochsOf(trial), 0),
      gmacs: trials.reduce((sum, trial) => sum + passes * epochsOf(trial) * trial.costs.macs, 0) / 1e9,
      finalists: spread(frontOfStudents(students), Number(flags.finalists)),
    });
    process.stderr.write(`${study}: ${cpuSeconds.toFixed(0)} s of processor time, ${complete.length} complete\n`);
  }
}

// The finalists of all arms, each architecture once, under one training.
const teaching = rows.find(({ name }) => name !== 'without teacher') ?? rows[0];
const bench = await openBenchStudy(io, teaching.study);
const file = join(folder, `tested-${flags.epochs}.json`);
const tested = readJson(file) ?? {};
try {
  for (const { trial } of rows.flatMap(({ finalists }) => finalists)) {
    const id = trial.architectureId;
    tested[id] ??= (await bench.test(trial.spec, `final/${id}`, Number(flags.epochs))).accuracy;
    writeFileSync(file, JSON.stringify(tested));
  }
} finally {
  bench.close();
}
const box = boxOf(bench.ground);
const result = rows.map(({ finalists, ...row }) => {
  const final = finalists.map(({ trial, cost, accuracy }) => ({
    trial: trial.number,
    cost,
    searched: accuracy,
    accuracy: tested[trial.architectureId],
  }));
  return {
    ...row,
    finalists: final,
    best: Math.max(...final.map(({ accuracy }) => accuracy)),
    volumes: corners.map((corner) => volumeOf(final, box, corner)),
  };
});

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const range = (values, digits) =>
  values.length < 2
    ? values[0].toFixed(digits)
    : `${mean(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)})`;
process.stdout.write(`seeds ${seeds.join(', ')}; means (lowest to highest)\n`);
process.stdout.write(`| arm | complete | epochs | GMACs | CPU s | hypervolume, error ${corners.join(' | hypervolume, error ')} | best on test, % |\n`); // prettier-ignore
process.stdout.write(`| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n`);
for (const name of chosen) {
  const of = result.filter((row) => row.name === name);
  const columns = [
    mean(of.map((row) => row.complete)).toFixed(1),
    mean(of.map((row) => row.epochs)).toFixed(0),
    mean(of.map((row) => row.gmacs)).toFixed(0),
    mean(of.map((row) => row.cpuSeconds)).toFixed(0),
    ...corners.map((_, k) => range(of.map(({ volumes }) => volumes[k]), 3)),
    range(of.map(({ best }) => 100 * best), 1),
  ]; // prettier-ignore
  process.stdout.write(`| ${name} | ${columns.join(' | ')} |\n`);
}
if (flags.json)
  writeFileSync(flags.json, `${JSON.stringify({ flags, load: loadavg(), box, arms: result }, null, 1)}\n`);
