// Every distillation method on real data: students of another family than the teacher, paired seeds, equal steps, and a control
// that never sees the teacher. Gains and losses as measured, into docs/methods.md and docs/methods.html.
//   npm run build && npm run bench:methods -- [--pairs vit-cnn,resnet-cnn,cnn-vit] [--methods kd,dkd,...] [--seeds 3]
//     [--train 2000] [--validation 1000] [--epochs 4] [--teacher-train 10000] [--teacher-epochs 4] [--views 2]
//     [--results results] [--json results/methods.json] [--out docs/methods] [--write-only]
// A run that was stopped goes on: what --json holds under the same settings is not measured again. --write-only writes the
// tables from it. Accuracies are of validation samples that neither network was trained on.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { methods, pairs } from './methodsList.mjs';
import { tablesOf, htmlOf, markdownOf } from './methodsTables.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, '..', 'dist');
if (!existsSync(join(dist, 'distillation', 'trainModel.js'))) throw new Error('not built yet: npm run build');
const load = (path) => import(join(dist, path));
const { createRng } = await load('core/rng.js');
const { silent } = await load('core/progress.js');
const { countParams } = await load('costs/params.js');
const { computeNormalisation } = await load('data/normalisation.js');
const { openDataset } = await load('data/openDataset.js');
const { briefSplits } = await load('data/splits.js');
const { checkTraining } = await load('distillation/checkTraining.js');
const { requestedTaps } = await load('distillation/requestedTaps.js');
const { trainModel } = await load('distillation/trainModel.js');
const { openEngine } = await load('engines/registry.js');
const { loadSpace } = await load('spaces/loadSpace.js');
const { modelContext } = await load('tasks/modelContext.js');
const { taskOf } = await load('tasks/registry.js');
const { evaluateTeacher } = await load('teachers/evaluateTeacher.js');
const { openTeacher } = await load('teachers/openTeacher.js');
const { teacherOutputs } = await load('teachers/teacherCache.js');
const { listTeachers } = await load('teachers/teacherFiles.js');
const { teacherShapes } = await load('teachers/TeacherModel.js');
const { trainTeacher } = await load('teachers/trainTeacher.js');

const { values: flags } = parseArgs({
  options: {
    pairs: { type: 'string', default: 'vit-cnn,resnet-cnn,cnn-vit' },
    methods: { type: 'string', default: Object.keys(methods).join(',') },
    seeds: { type: 'string', default: '3' },
    train: { type: 'string', default: '2000' },
    validation: { type: 'string', default: '1000' },
    epochs: { type: 'string', default: '4' },
    batch: { type: 'string', default: '64' },
    views: { type: 'string', default: '2' },
    'teacher-train': { type: 'string', default: '10000' },
    'teacher-epochs': { type: 'string', default: '4' },
    'teacher-size': { type: 'string', default: 'tiny' },
    results: { type: 'string', default: 'results' },
    json: { type: 'string', default: 'results/methods.json' },
    out: { type: 'string', default: 'docs/methods' },
    threads: { type: 'string', default: '1' },
    'write-only': { type: 'boolean', default: false },
  },
});
const number = (name) => {
  const value = Number(flags[name]);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} ${flags[name]}: a whole number from 1 up`);
  return value;
};
const listed = (name, known) => {
  const names = flags[name].split(',');
  const unknown = names.find((one) => !Object.hasOwn(known, one));
  if (unknown !== undefined)
    throw new Error(`--${name}: unknown "${unknown}"; known: ${Object.keys(known).join(', ')}`);
  return names;
};
const chosen = { pairs: listed('pairs', pairs), methods: listed('methods', methods) };
const settings = {
  train: number('train'),
  validation: number('validation'),
  epochs: number('epochs'),
  batch: number('batch'),
  views: number('views'),
  teacherTrain: number('teacher-train'),
  teacherEpochs: number('teacher-epochs'),
  teacherSize: flags['teacher-size'],
};

/** What was measured before, if it was measured under the same settings. */
const before = existsSync(flags.json) ? JSON.parse(readFileSync(flags.json, 'utf8')) : undefined;
const sameSettings = before !== undefined && JSON.stringify(before.settings) === JSON.stringify(settings);
if (before !== undefined && !sameSettings && !flags['write-only']) {
  throw new Error(`${flags.json} was measured under other settings: give another --json, or delete it`);
}
const data = before ?? { settings, machine: '', commit: '', commands: [], pairs: {}, runs: [] };

if (!flags['write-only']) {
  data.commit = execFileSync('git', ['-C', here, 'rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const command = `npm run bench:methods -- ${process.argv.slice(2).join(' ')}`.trim();
  if (!data.commands.includes(command)) data.commands.push(command);
  const engine = await openEngine('onnx', { threads: number('threads') });
  data.machine = `${engine.info.version}, ${engine.info.threads} thread(s)`;
  for (const pair of chosen.pairs) await measurePair(engine, pair);
  engine.close();
}
const missing = Object.keys(pairs).filter((pair) => !Object.hasOwn(data.pairs, pair));
const shown = { ...data, missing: missing.map((pair) => pairs[pair].title) };
const tables = tablesOf(data, pairs, methods);
mkdirSync(dirname(flags.out), { recursive: true });
writeFileSync(`${flags.out}.md`, markdownOf(shown, tables));
writeFileSync(`${flags.out}.html`, htmlOf(shown, tables));
console.log(`wrote ${flags.out}.md and ${flags.out}.html`);

async function measurePair(engine, pair) {
  const { family, space, width, data: name, overrides } = pairs[pair];
  const dataset = await openDataset(name, { dataDir: join(flags.results, 'data'), progress: silent });
  const splits = briefSplits(dataset, settings.train, settings.validation);
  const { teacher, record } = await teacherOf(engine, family, dataset);
  const evaluation = await evaluateTeacher(teacher, engine, dataset, splits.validation);
  const spec = loadSpace(space).baseline(width, modelContext(dataset));
  const classes = dataset.classes.length;
  const views = taskOf(dataset).views({ shift: 2, flip: true, views: settings.views, seed: 0 });
  const losses = chosen.methods.map((method) => overrides?.[method] ?? methods[method].losses);
  const configs = losses.map((terms) => configOf(terms));
  const usable = chosen.methods.filter((method, i) => {
    try {
      checkTraining({
        spec,
        config: configs[i],
        classes,
        images: settings.train,
        teacher: teacherShapes(teacher, classes),
      });
      return true;
    } catch (error) {
      console.log(`${pair}: ${method} does not apply: ${error.message}`);
      return false;
    }
  });
  const terms = chosen.methods.flatMap((method, i) => (usable.includes(method) ? losses[i] : []));
  const { outputs } = await teacherOutputs(
    join(flags.results, 'cache', 'teacher'),
    { teacher, dataset, rows: splits.train, policy: views, taps: requestedTaps(terms) },
    async () => engine,
  );
  const common = { dataset, splits, normalisation: computeNormalisation(dataset, splits.train), augmentation: views };
  data.pairs[pair] = {
    data: dataset.name,
    teacher: { family: record.family, params: record.params, accuracy: evaluation.accuracy },
    student: { space, width, params: countParams(spec) },
  };
  for (let seed = 1; seed <= number('seeds'); seed++) {
    for (const method of ['none', ...usable]) {
      if (data.runs.some((run) => run.pair === pair && run.method === method && run.seed === seed)) continue;
      const config =
        method === 'none' ? configOf([{ loss: 'ce', weight: 1 }]) : configs[chosen.methods.indexOf(method)];
      const study = method === 'none' ? common : { ...common, teacher: outputs };
      // The same stream for every method of a seed: first weights and order are the control's.
      const run = await measured(engine, spec, study, config, createRng(`methods/${seed}`));
      data.runs.push({ pair, method, seed, ...run });
      mkdirSync(dirname(flags.json), { recursive: true });
      writeFileSync(flags.json, `${JSON.stringify(data)}\n`);
      console.log(
        `${pair} seed ${seed} ${method}: ${(100 * run.accuracy).toFixed(1)} %, ${run.stepCpuMs.toFixed(1)} ms of CPU a step`,
      );
    }
  }
  teacher.dispose();
}

function configOf(losses) {
  return {
    epochs: settings.epochs,
    batchSize: settings.batch,
    optimiser: { name: 'adamw', options: { weightDecay: 0.05 } },
    learningRate: 2e-3,
    schedule: { name: 'warmup-cosine' },
    clipNorm: 1,
    labelSmoothing: 0,
    losses,
  };
}

/** Trains once. CPU time is that of the steps alone: without compiling (the first three) and evaluating. */
async function measured(engine, spec, study, config, rng) {
  const perEpoch = Math.floor(study.splits.train.length / config.batchSize);
  const times = [];
  let last;
  const result = await trainModel({
    spec,
    data: study,
    config,
    engine,
    rng,
    onStep: (done) => {
      const now = process.cpuUsage();
      const total = (now.user + now.system) / 1000;
      if (done > 3 && done % perEpoch !== 1 && last !== undefined) times.push(total - last);
      last = total;
    },
  });
  times.sort((a, b) => a - b);
  return { accuracy: result.metrics.accuracy, loss: result.metrics.loss, stepCpuMs: times[times.length >> 1] };
}

/** The pair's teacher, trained on so many samples, once for all runs. */
async function teacherOf(engine, family, dataset) {
  const name = `methods-${family}-${settings.teacherSize}-${dataset.name}-${settings.teacherTrain}x${settings.teacherEpochs}`;
  const teachersDir = join(flags.results, 'teachers');
  const known = listTeachers(teachersDir).find((record) => record.name === name);
  const record =
    known ??
    (await trainTeacher({
      teachersDir,
      name,
      family,
      size: settings.teacherSize,
      dataset,
      splits: briefSplits(dataset, settings.teacherTrain, settings.validation),
      engine,
      epochs: settings.teacherEpochs,
      seed: 1,
    }));
  console.log(`teacher ${name}: validation ${(100 * record.trainedOn.validation).toFixed(1)} %`);
  return { record, teacher: await openTeacher(teachersDir, record) };
}
