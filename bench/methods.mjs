// Every distillation method on real data: students of another family than the teacher, paired seeds, equal steps, and a control
// that never sees the teacher; and one small student of each pair on all samples. Gains and losses as measured, into docs/methods.md
// and docs/methods.html.
//   npm run build && npm run bench:methods -- [--pairs vit-cnn,resnet-cnn,cnn-vit,transformer-bilstm] [--methods kd,dkd,...]
//     [--seeds 3] [--train 10000] [--validation 3000] [--epochs 3] [--learning-rate R] [--views 2]
//     [--teachers vit=NAME,resnet=NAME,transformer=NAME] [--full-epochs 0]
//     [--results results] [--runs N] [--json results/methods.json] [--out docs/methods] [--write-only]
// Training is that of a study without a recipe, but for the losses. Teachers are those stored below --results (nas-distill teacher
// train); one of each family. --full-epochs N trains the pair's student on all training samples, as promote does, under the
// losses of a study and without the teacher. A run that was stopped goes on: what --json holds under the same settings is not
// measured again; --runs ends after so many trainings. --write-only writes the tables from it.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { methods, pairs } from './methodsList.mjs';
import { tablesOf, htmlOf, markdownOf } from './methodsTables.mjs';
import { load, openStudents, trainingWith, wholeNumber } from './students.mjs';

const { countParams } = await load('costs/params.js');
const { checkTraining } = await load('distillation/checkTraining.js');
const { loadSpace } = await load('spaces/loadSpace.js');
const { evaluateTeacher } = await load('teachers/evaluateTeacher.js');
const { listTeachers } = await load('teachers/teacherFiles.js');
const { teacherShapes } = await load('teachers/TeacherModel.js');

const { values: flags } = parseArgs({
  options: {
    pairs: { type: 'string', default: Object.keys(pairs).join(',') },
    methods: { type: 'string', default: Object.keys(methods).join(',') },
    seeds: { type: 'string', default: '3' },
    train: { type: 'string', default: '10000' },
    validation: { type: 'string', default: '3000' },
    epochs: { type: 'string', default: '3' },
    batch: { type: 'string', default: '64' },
    views: { type: 'string', default: '2' },
    'learning-rate': { type: 'string' },
    teachers: { type: 'string', default: '' },
    'full-epochs': { type: 'string' },
    runs: { type: 'string' },
    results: { type: 'string', default: 'results' },
    json: { type: 'string', default: 'results/methods.json' },
    out: { type: 'string', default: 'docs/methods' },
    threads: { type: 'string', default: '1' },
    'write-only': { type: 'boolean', default: false },
  },
});
const number = (name) => wholeNumber(flags, name);
const listed = (name, known) => {
  const names = flags[name].split(',');
  const unknown = names.find((one) => !Object.hasOwn(known, one));
  if (unknown !== undefined)
    throw new Error(`--${name}: unknown "${unknown}"; known: ${Object.keys(known).join(', ')}`);
  return names;
};
const chosen = { pairs: listed('pairs', pairs), methods: listed('methods', methods) };
const rate = flags['learning-rate'] === undefined ? undefined : Number(flags['learning-rate']);
if (rate !== undefined && !(rate > 0)) throw new Error(`--learning-rate ${flags['learning-rate']}: above 0`);
const labels = [{ loss: 'ce', weight: 1 }];
const base = { epochs: number('epochs'), batch: number('batch'), learningRate: rate };
const settings = {
  train: number('train'),
  validation: number('validation'),
  epochs: base.epochs,
  batch: base.batch,
  views: number('views'),
  learningRate: trainingWith(labels, base).learningRate,
};

let left = flags.runs === undefined ? Infinity : number('runs');

/** What was measured before, if it was measured under the same settings. */
const before = existsSync(flags.json) ? JSON.parse(readFileSync(flags.json, 'utf8')) : undefined;
const sameSettings = before !== undefined && JSON.stringify(before.settings) === JSON.stringify(settings);
if (before !== undefined && !sameSettings && !flags['write-only']) {
  throw new Error(`${flags.json} was measured under other settings: give another --json, or delete it`);
}
const data = before ?? { settings, machine: '', commit: '', commands: [], pairs: {}, runs: [], full: {} };

if (!flags['write-only']) {
  data.commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const asked = process.argv
    .slice(2)
    .join(' ')
    .replace(/ ?--runs \d+/, '');
  const command = `npm run bench:methods -- ${asked}`.trim();
  if (!data.commands.includes(command)) data.commands.push(command);
  for (const pair of chosen.pairs) {
    if (flags['full-epochs'] === undefined) await measurePair(pair);
    else await trainOut(pair, number('full-epochs'));
  }
}
const missing = Object.keys(pairs).filter((pair) => !Object.hasOwn(data.pairs, pair));
const shown = { ...data, missing: missing.map((pair) => pairs[pair].title) };
const tables = tablesOf(data, pairs, methods);
mkdirSync(dirname(flags.out), { recursive: true });
writeFileSync(`${flags.out}.md`, markdownOf(shown, tables));
writeFileSync(`${flags.out}.html`, htmlOf(shown, tables));
console.log(`wrote ${flags.out}.md and ${flags.out}.html`);

/** Whether another training may begin. */
function another() {
  return --left >= 0;
}

function save() {
  mkdirSync(dirname(flags.json), { recursive: true });
  writeFileSync(flags.json, `${JSON.stringify(data)}\n`);
}

async function openPair(pair, train) {
  const { data: name, space, width, family } = pairs[pair];
  const bench = await openStudents({
    results: flags.results,
    data: name,
    train,
    validation: settings.validation,
    views: settings.views,
    seed: 0,
    threads: number('threads'),
  });
  data.machine = bench.machine;
  const teacher = await bench.openTeacher(teacherName(family, bench.dataset));
  return { bench, teacher, spec: loadSpace(space).baseline(width, bench.context) };
}

/** The named teacher, or the only one of that family that was trained on this data. */
function teacherName(family, dataset) {
  const named = Object.fromEntries(flags.teachers.split(',').map((one) => one.split('=')));
  if (named[family] !== undefined) return named[family];
  const known = listTeachers(join(flags.results, 'teachers')).filter(
    (record) => record.family.startsWith(`${family} `) && record.trainedOn?.dataset === dataset.name,
  );
  if (known.length === 1) return known[0].name;
  throw new Error(
    `${known.length} teachers of family ${family} for ${dataset.name} in ${flags.results}: name one by --teachers ${family}=NAME, or train one`,
  );
}

async function measurePair(pair) {
  const { space, width, overrides, train = settings.train } = pairs[pair];
  const { bench, teacher, spec } = await openPair(pair, train);
  const { record } = teacher;
  const { accuracy } = await evaluateTeacher(teacher, bench.engine, bench.dataset, bench.splits.validation);
  const classes = bench.dataset.classes.length;
  const shapes = teacherShapes(teacher, classes);
  const configs = new Map();
  for (const method of chosen.methods) {
    const config = trainingWith(overrides?.[method] ?? methods[method].losses, base);
    try {
      checkTraining({ spec, config, classes, images: train, teacher: shapes });
      configs.set(method, config);
    } catch (error) {
      console.log(`${pair}: ${method} does not apply: ${error.message}`);
    }
  }
  const answers = await bench.answersOf(
    teacher,
    [...configs.values()].flatMap((config) => config.losses),
  );
  const steps = data.pairs[pair]?.steps ?? (await stepTimes(bench, spec, record.spec));
  data.pairs[pair] = {
    steps,
    data: bench.dataset.name,
    teacher: { family: record.family, params: record.params, accuracy, epochs: record.trainedOn?.epochs },
    student: { space, width, params: countParams(spec) },
    train,
  };
  for (let seed = 1; seed <= number('seeds'); seed++) {
    for (const method of ['none', ...configs.keys()]) {
      if (data.runs.some((run) => run.pair === pair && run.method === method && run.seed === seed)) continue;
      if (!another()) break;
      const config = configs.get(method) ?? trainingWith(labels, base);
      // The same stream for every method of a seed: first weights and order are the control's.
      const given = method === 'none' ? undefined : answers;
      const { metrics, stepCpuMs } = await measured(bench, spec, config, given, `methods/${seed}`);
      data.runs.push({ pair, method, seed, accuracy: metrics.accuracy, loss: metrics.loss, stepCpuMs });
      save();
      console.log(
        `${pair} seed ${seed} ${method}: ${(100 * metrics.accuracy).toFixed(1)} %, ${stepCpuMs.toFixed(1)} ms of CPU a step`,
      );
    }
  }
  teacher.dispose();
  bench.close();
}

/** Trains once. CPU time is that of the steps alone: without compiling (the first three) and evaluating. */
async function measured(bench, spec, config, answers, stream) {
  const perEpoch = Math.floor(bench.splits.train.length / config.batchSize);
  const times = [];
  let last;
  const result = await bench.train(spec, config, answers, stream, (done) => {
    const now = process.cpuUsage();
    const total = (now.user + now.system) / 1000;
    if (done > 3 && done % perEpoch !== 1 && last !== undefined) times.push(total - last);
    last = total;
  });
  times.sort((a, b) => a - b);
  return { ...result, stepCpuMs: times[times.length >> 1] };
}

/** The pair's student on all training samples, taught as in a study without a recipe and not taught, on the test samples. */
async function trainOut(pair, epochs) {
  const { bench, teacher, spec } = await openPair(pair, undefined);
  const config = trainingWith(undefined, { ...base, epochs });
  const known = data.full[pair]?.epochs === epochs ? data.full[pair] : undefined;
  if (known?.alone !== undefined) return;
  const answers = await bench.answersOf(teacher, config.losses);
  const { accuracy } = await evaluateTeacher(teacher, bench.engine, bench.dataset, bench.splits.test);
  const result = known ?? {
    epochs,
    train: bench.splits.train.length,
    test: bench.splits.test.length,
    teacher: { family: teacher.record.family, params: teacher.record.params, accuracy },
    params: countParams(spec),
    steps: await stepTimes(bench, spec, teacher.record.spec),
  };
  for (const [name, losses, given] of [
    ['taught', undefined, answers],
    ['alone', labels, undefined],
  ]) {
    if (result[name] !== undefined) continue;
    if (!another()) break;
    const { variables } = await bench.train(spec, { ...trainingWith(losses, base), epochs }, given, 'methods/full');
    result[name] = await bench.test(spec, variables);
    data.full[pair] = result;
    save();
    console.log(`${pair} on all samples, ${name}: ${(100 * result[name]).toFixed(2)} % of the test samples`);
  }
  teacher.dispose();
  bench.close();
}

/** CPU milliseconds of a plain training step of both networks, in turns. */
async function stepTimes(bench, student, teacher) {
  const { createRng } = await load('core/rng.js');
  const { randomFeeds } = await load('benchmarks/benchmarkProgram.js');
  const { createTrainingStep } = await load('distillation/trainingStep.js');
  const open = [];
  for (const spec of [student, teacher]) {
    const rng = createRng('methods/steps');
    const { input, classes } = bench.context;
    const step = createTrainingStep({ spec, config: trainingWith(labels, base), batch: settings.batch, classes, imageShape: input, teacher: undefined, rng }); // prettier-ignore
    const state = bench.engine.createState(step.state);
    const compiled = await bench.engine.compile(step.step, state.specs, step.feeds);
    open.push({ state, compiled, feeds: randomFeeds(step.feeds, rng), times: [] });
  }
  for (let round = 0; round < 10; round++) {
    for (const { state, compiled, feeds, times } of open) {
      const from = process.cpuUsage();
      await compiled.run(state, feeds);
      const { user, system } = process.cpuUsage(from);
      if (round > 2) times.push((user + system) / 1000);
    }
  }
  const [studentStepMs, teacherStepMs] = open.map(({ state, compiled, times }) => {
    compiled.dispose();
    state.dispose();
    return times.sort((a, b) => a - b)[times.length >> 1];
  });
  return { student: studentStepMs, teacher: teacherStepMs };
}
