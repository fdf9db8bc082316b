// Every distillation method on real data: students of another family than the teacher, paired seeds, equal steps, and a control
// that never sees the teacher; and one small student of each pair on all samples. Gains and losses as measured, into docs/methods.md
// and docs/methods.html.
//   npm run build && npm run bench:methods -- [--pairs vit-cnn,resnet-cnn,cnn-vit,transformer-bilstm] [--methods kd,dkd,...]
//     [--seeds 3] [--train 10000] [--validation 3000] [--epochs 3] [--learning-rate R] [--views 2]
//     [--teachers vit=NAME,resnet=NAME,transformer=NAME] [--full-epochs N or PAIR=N,...]
//     [--results results] [--runs N] [--json results/methods.json] [--out docs/methods] [--write-only]
// Training is that of a study without a recipe, but for what methodsList says. Teachers are those stored below --results
// (nas-distill teacher train); one of each family. --full-epochs N also trains the pair's student on all training samples, as
// promote does, under the losses of a study and without the teacher. A run that was stopped goes on: what --json holds under the
// same settings and commit is not measured again; --runs ends after so many trainings. --write-only writes the tables from it.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { methods } from './methodsList.mjs';
import { pairs, rounds } from './methodsPairs.mjs';
import { configOf, measured, noiseTap, stepTimes, studentOf, sureness, withNoise } from './methodsRuns.mjs';
import { tablesOf, htmlOf, markdownOf } from './methodsTables.mjs';
import { load, openStudents, trainingWith, wholeNumber } from './students.mjs';

const { countParams } = await load('costs/params.js');
const { checkTraining } = await load('distillation/checkTraining.js');
const { describeTaps } = await load('distillation/describeTaps.js');
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
const labels = methods.none.losses;
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

const data = flags['write-only'] ? JSON.parse(readFileSync(flags.json, 'utf8')) : openData();
if (!flags['write-only']) {
  for (const [pair, group, rows] of rounds) {
    if (chosen.pairs.includes(pair)) await measureRows(pair, group, rows.filter((id) => chosen.methods.includes(id))); // prettier-ignore
  }
  if (flags['full-epochs'] !== undefined) {
    for (const [pair, epochs] of fullEpochs()) await trainOut(pair, epochs);
  }
}
const missing = Object.keys(pairs).filter((pair) => !Object.hasOwn(data.pairs, pair));
const shown = { ...data, missing: missing.map((pair) => pairs[pair].title) };
const tables = tablesOf(data);
mkdirSync(dirname(flags.out), { recursive: true });
writeFileSync(`${flags.out}.md`, markdownOf(shown, tables));
writeFileSync(`${flags.out}.html`, htmlOf(shown, tables));
console.log(`wrote ${flags.out}.md and ${flags.out}.html`);

/** What was measured before; refused unless by the same command, settings and commit. */
function openData() {
  const commit = execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim();
  const asked = process.argv.slice(2).join(' ').replace(/ ?--(runs|json|out|results) \S+/g, ''); // prettier-ignore
  const command = `npm run bench:methods -- ${asked}`.trim();
  const known = { settings, commit, command };
  if (!existsSync(flags.json)) return { ...known, machine: '', pairs: {}, runs: [], full: {} };
  const before = JSON.parse(readFileSync(flags.json, 'utf8'));
  const other = Object.keys(known).find((key) => JSON.stringify(before[key]) !== JSON.stringify(known[key]));
  if (other === undefined) return before;
  throw new Error(`${flags.json} was measured under another ${other}: give another --json, or delete it`);
}

/** Pairs with how long their student learns from all samples: of `1` or of `vit-cnn=1,transformer-bilstm=2`. */
function fullEpochs() {
  const given = flags['full-epochs'];
  const of = given.includes('=')
    ? given.split(',').map((one) => one.split('='))
    : chosen.pairs.map((pair) => [pair, given]);
  return of.map(([pair, epochs]) => {
    if (!Object.hasOwn(pairs, pair)) throw new Error(`--full-epochs: unknown pair "${pair}"`);
    return [pair, wholeNumber({ 'full-epochs': epochs }, 'full-epochs')];
  });
}

/** Whether another training may begin. */
function another() {
  return --left >= 0;
}

function save() {
  mkdirSync(dirname(flags.json), { recursive: true });
  writeFileSync(flags.json, `${JSON.stringify(data)}\n`);
}

async function openPair(pair, train) {
  const { data: name, family } = pairs[pair];
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
  return { bench, teacher, spec: studentOf(pair, 'none', bench.context) };
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

/** Trains what is missing of these rows: all seeds of one before the next. */
async function measureRows(pair, group, rows) {
  const seeds = Array.from({ length: number('seeds') }, (_, i) => i + 1);
  const known = (method, seed) => data.runs.some((run) => run.pair === pair && run.method === method && run.seed === seed); // prettier-ignore
  if (left <= 0 || rows.every((method) => seeds.every((seed) => known(method, seed)))) return;
  const { train = settings.train } = pairs[pair];
  const { bench, teacher, spec } = await openPair(pair, train);
  const arms = new Map(rows.map((method) => [method, armOf(pair, method, bench, teacher, train)]));
  const byMixing = new Map();
  for (const { config, alone, key } of arms.values()) {
    if (!alone) byMixing.set(key, { mixing: config.mixing, losses: [...(byMixing.get(key)?.losses ?? []), ...config.losses] }); // prettier-ignore
  }
  for (const [key, { mixing, losses }] of byMixing) {
    const answers = await bench.answersOf(teacher, losses, mixing, [noiseTap]);
    const noisy = losses.some(({ options }) => options?.teacher?.includes(noiseTap));
    byMixing.set(key, noisy ? withNoise(answers, Object.keys(answers.taps)[0]) : answers);
  }
  if (data.pairs[pair] === undefined)
    data.pairs[pair] = await describePair(pair, bench, teacher, spec, byMixing.get(''));
  for (const [method, { student, config, alone, key, taps }] of arms) {
    for (const seed of seeds.filter((one) => !known(method, one))) {
      if (!another()) break;
      // The same stream for every method of a seed: first weights and order are the control's.
      const run = await measured(bench, student, config, alone ? undefined : byMixing.get(key), `methods/${seed}`);
      data.runs.push({ pair, method, seed, ...run, params: countParams(student), taps });
      save();
      const text = run.diverged ? `diverged at step ${run.diverged}` : `${(100 * run.accuracy).toFixed(1)} %, ${run.stepCpuMs.toFixed(1)} ms of CPU a step`; // prettier-ignore
      console.log(`${pair} ${group} ${method} seed ${seed}: ${text}`);
    }
  }
  teacher.dispose();
  bench.close();
}

/** A method in a pair, checked before anything is trained. */
function armOf(pair, method, bench, teacher, train) {
  const student = studentOf(pair, method, bench.context);
  const config = configOf(pair, method, base);
  const alone = methods[method].alone === true;
  const classes = bench.dataset.classes.length;
  const shapes = teacherShapes(teacher, classes);
  const [first] = Object.values(shapes.taps);
  const known = { ...shapes, taps: { ...shapes.taps, [noiseTap]: first } };
  checkTraining({ spec: student, config, classes, images: train, teacher: alone ? undefined : known });
  const taps = alone ? [] : describeTaps(student, config.losses, known);
  return { student, config, alone, key: config.mixing === undefined ? '' : JSON.stringify(config.mixing), taps };
}

async function describePair(pair, bench, teacher, spec, answers) {
  const { space, width, train = settings.train } = pairs[pair];
  const { record } = teacher;
  const { accuracy } = await evaluateTeacher(teacher, bench.engine, bench.dataset, bench.splits.validation);
  const seen = Array.from(bench.splits.train, (row) => bench.dataset.labels[row]);
  return {
    steps: await stepTimes(bench, spec, record.spec, base),
    data: bench.dataset.name,
    teacher: { family: record.family, params: record.params, accuracy, epochs: record.trainedOn?.epochs, ...(answers === undefined ? {} : { sure: sureness(answers, seen) }) }, // prettier-ignore
    student: { space, width, params: countParams(spec) },
    train,
  };
}

/** The pair's student on all training samples, taught as in a study without a recipe and not taught, on the test samples. */
async function trainOut(pair, epochs) {
  const known = data.full[pair]?.epochs === epochs ? data.full[pair] : undefined;
  if (known?.alone !== undefined || left <= 0) return;
  const { bench, teacher, spec } = await openPair(pair, undefined);
  const taughtBy = trainingWith(undefined, { ...base, epochs });
  const answers = await bench.answersOf(teacher, taughtBy.losses);
  const { accuracy } = await evaluateTeacher(teacher, bench.engine, bench.dataset, bench.splits.test);
  const result = known ?? {
    epochs,
    train: bench.splits.train.length,
    test: bench.splits.test.length,
    teacher: { family: teacher.record.family, params: teacher.record.params, accuracy },
    params: countParams(spec),
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
