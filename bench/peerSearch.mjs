// This project's search against the script that people write by hand (bench/peerSearch.py: Optuna's NSGA-II, PyTorch, the teacher
// inside the training loop): the same images, teacher, space, budget, optimiser and learning rate for the same time on the same cores.
// Losses are each one's own: the study's, and Hinton's there (--temperature, --soft-weight of it beside the cross entropy).
//   npm run build && npm run bench:peer-search -- --results DIR --study NAME --peer PYTHON [--seconds S] [--clock cpu|wall]
//     [--again FILE] [--took S] [--threads 1] [--epochs N] [--optimiser adamw:0.01] [--batch N] [--population 50] [--full-epochs N] [--finalists 8] [--seeds 1] [--seed 1] [--json FILE]
// --optimiser, --batch: the peer's instead of the study's. --again: the peer's students of a run before, as its --json has them, instead of running it anew. --took: seconds that the whole study
// took; its trials then count only as far as the peer's time went. The study is one that ran before, of the space mobile-cnn with a limit on
// bytes. The peer gets `seconds` of processor or wall-clock time: by default the time that the study's trials took. Both fronts are compared on the test images, which neither search saw,
// twice: the students that each search trained itself, and, to compare architectures alone, all trained alike by this project, from
// scratch for --full-epochs under --seeds seeds each.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { boxOf, corners, dominated, frontOfStudents, spread, volumeOf } from './fronts.mjs';
import { createSilentIo, openBenchStudy, openStoreOf } from './openBenchStudy.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const load = (path) => import(join(here, '..', 'dist', path));
const { createRng } = await load('core/rng.js');
const { trainingOf } = await load('search/trainingOf.js');
const { readRecord } = await load('teachers/teacherFiles.js');
const { openTeacher } = await load('teachers/openTeacher.js');
const { teacherLogits } = await load('teachers/teacherLogits.js');

const { values: flags } = parseArgs({
  options: {
    results: { type: 'string' },
    study: { type: 'string' },
    peer: { type: 'string' },
    seconds: { type: 'string' },
    clock: { type: 'string', default: 'cpu' },
    threads: { type: 'string', default: '1' },
    epochs: { type: 'string' },
    population: { type: 'string', default: '50' },
    temperature: { type: 'string', default: '4' },
    'soft-weight': { type: 'string', default: '0.7' },
    'full-epochs': { type: 'string' },
    finalists: { type: 'string', default: '8' },
    check: { type: 'string', default: '12' },
    seeds: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    optimiser: { type: 'string' },
    batch: { type: 'string' },
    again: { type: 'string' },
    took: { type: 'string' },
    json: { type: 'string' },
  },
});
for (const name of ['results', 'study', flags.again === undefined ? 'peer' : 'again']) {
  if (flags[name] === undefined) throw new Error(`give --results DIR, --study NAME and --peer PYTHON`);
}
if (flags.clock !== 'cpu' && flags.clock !== 'wall') throw new Error('--clock is cpu or wall');

const io = createSilentIo(flags.results);
const bench = await openBenchStudy(io, flags.study);
const { config, space, builder, budgets, dataset, splits } = bench.ground;
const limit = budgets.find(({ metric }) => metric === 'bytes')?.limit;
if (space.name !== 'mobile-cnn' || limit === undefined || budgets.length > 1)
  throw new Error('the peer knows the space mobile-cnn and one limit on bytes');
/** The candidates of the study that trained at all. */
function studyTrials() {
  const store = openStoreOf(io);
  const trials = store.trials(flags.study).filter(({ origin, rungs }) => origin === 'search' && rungs.length > 0);
  store.close();
  return trials;
}
const elapsed = studyTrials().reduce((sum, { rungs }) => sum + rungs.at(-1).elapsedMs, 0);
const seconds = Number(flags.seconds ?? elapsed / 1000);
const full = Number(flags['full-epochs'] ?? config.epochs);

const folder = mkdtempSync(join(tmpdir(), 'nas-distill-peer-'));
const [height, width, channels] = dataset.shape;
/** Images and labels of a split as plain files. */
function writeSplit(name, indices) {
  const size = height * width * channels;
  const images = new Uint8Array(indices.length * size);
  indices.forEach((index, i) => images.set(dataset.images.subarray(index * size, (index + 1) * size), i * size));
  const files = { images: join(folder, `${name}.images`), labels: join(folder, `${name}.labels`) };
  writeFileSync(files.images, images);
  writeFileSync(files.labels, new Uint8Array(Int32Array.from(indices, (index) => dataset.labels[index]).buffer));
  return files;
}

const check = Array.from({ length: Number(flags.check) }, (_, i) => space.sample(createRng(`peer/check/${i}`)));
const teacherFolder = join(flags.results, 'teachers', config.teacher);
const job = {
  data: Object.fromEntries(['train', 'validation', 'test'].map((name) => [name, writeSplit(name, splits[name])])),
  shape: [height, width],
  teacher: {
    record: join(teacherFolder, 'teacher.json'),
    weights: join(teacherFolder, 'weights.bin'),
    answers: join(folder, 'answers'),
  },
  database: join(folder, 'optuna.db'),
  check: check.map(({ choices }) => choices),
  parameterLimit: Math.floor(limit / 4),
  seconds,
  clock: flags.clock,
  threads: Number(flags.threads),
  epochs: Number(flags.epochs ?? config.epochs),
  batch: Number(flags.batch ?? config.batchSize),
  ...descentOf(flags.optimiser),
  clipNorm: config.clipNorm,
  temperature: Number(flags.temperature),
  softWeight: Number(flags['soft-weight']),
  shift: config.augmentation.shift,
  flip: config.augmentation.flip,
  population: Number(flags.population),
  seed: Number(flags.seed),
};

/** The peer's optimiser: the study's, or one like adamw:0.01. */
function descentOf(given) {
  const { optimiser, learningRate } = trainingOf(config);
  if (given === undefined) return { optimiser: { name: optimiser.name, ...optimiser.options }, learningRate };
  const [name, rate] = given.split(':');
  if (name !== 'adamw' || !(Number(rate) > 0)) throw new Error('--optimiser is like adamw:0.01');
  return { optimiser: { name, weightDecay: 0.05 }, learningRate: Number(rate) };
}

/** The peer's JSON lines. */
async function runPeer() {
  const file = join(folder, 'job.json');
  writeFileSync(file, JSON.stringify(job));
  const child = spawn(flags.peer, [join(here, 'peerSearch.py'), file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  const said = { trials: [] };
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const message = JSON.parse(line);
      if (message.parameters !== undefined) requireSameSizes(message.parameters);
      if (message.teacher !== undefined) await requireSameTeacher();
      if (message.trial === undefined) Object.assign(said, message);
      else {
        said.trials.push(message.trial);
        const { parameters, accuracy, at } = message.trial;
        process.stderr.write(
          `peer ${said.trials.length}: ${parameters} parameters, ${(100 * accuracy).toFixed(2)} %, ${at.toFixed(0)} s\n`,
        );
      }
    }
  } catch (error) {
    child.kill('SIGKILL');
    await ended;
    throw error;
  }
  const code = await ended;
  if (code !== 0 || said.end === undefined) throw new Error(`the peer ended with exit code ${code}`);
  return said;
}

/** The trials that had ended when the search had taken so long, in parts of --took as their training times have it; all without that. */
function withinTime(trials, limit) {
  if (flags.took === undefined) return trials;
  let at = 0;
  return trials.filter(({ rungs }) => (at += (rungs.at(-1).elapsedMs / elapsed) * Number(flags.took)) <= limit);
}

/** What the peer brought in a run before. */
function peerOf(file) {
  const { arms, versions, end, job: before } = JSON.parse(readFileSync(file, 'utf8'));
  const differs = ['epochs', 'batch', 'learningRate', 'parameterLimit'].find((key) => before[key] !== job[key]);
  if (differs !== undefined) throw new Error(`${file} has ${differs} ${before[differs]}, the study ${job[differs]}`);
  const trials = arms[1].students.map(({ architecture, cost, accuracy }) => ({
    choices: architecture.choices,
    parameters: cost / 4,
    accuracy,
  }));
  return { trials, versions, end, tested: arms[1].students.map(({ tested }) => tested) };
}

/** The peer's students are the same networks, as far as their size tells. */
function requireSameSizes(theirs) {
  check.forEach((architecture, i) => {
    const { params } = builder.costs(architecture);
    if (params !== theirs[i])
      throw new Error(`${JSON.stringify(architecture.choices)}: ${params} parameters here, ${theirs[i]} in the peer`);
  });
  process.stderr.write(`${check.length} random architectures have the same number of parameters in both\n`);
}

/** The peer's teacher gives the answers that ours gives. */
async function requireSameTeacher() {
  const teacher = await openTeacher(join(flags.results, 'teachers'), readRecord(join(flags.results, 'teachers'), config.teacher)); // prettier-ignore
  const logits = await teacherLogits(teacher, bench.engine, dataset, splits.validation);
  const bytes = readFileSync(job.teacher.answers);
  const theirs = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const worst = theirs.reduce((most, value, i) => Math.max(most, Math.abs(value - logits[i])), 0);
  if (theirs.length !== logits.length || !(worst < 0.01)) throw new Error(`the teachers differ by up to ${worst}`);
  process.stderr.write(`the teachers' logits differ by ${worst.toExponential(1)} at most\n`);
}

try {
  const peer = flags.again === undefined ? await runPeer() : peerOf(flags.again);
  const trials = withinTime(studyTrials(), peer.end.seconds);
  const ours = trials.filter(({ state }) => state === 'COMPLETE');
  const arms = [
    {
      name: `nas-distill (${flags.study})`,
      trained: trials.length,
      students: ours.map((trial) => ({
        architecture: trial.architecture,
        cost: trial.costs.bytes,
        accuracy: trial.metrics.accuracy,
        // Trained again under its own seed, it is the very student of the search.
        own: () => bench.test(trial.spec, `${config.seed}/trial/${trial.number}`, config.epochs),
      })),
    },
    {
      name: 'Optuna NSGA-II + PyTorch',
      trained: peer.trials.length,
      students: peer.trials.map(({ choices, parameters, accuracy }, i) => ({
        architecture: { choices },
        cost: 4 * parameters,
        accuracy,
        tested: peer.tested?.[i],
      })),
    },
  ];
  const percent = (value) => (value === undefined ? 'unknown' : `${(100 * value).toFixed(2)} %`);
  const tested = new Map();
  for (const arm of arms) {
    arm.front = frontOfStudents(arm.students);
    arm.finalists = [];
    for (const { architecture, cost, accuracy, tested: before, own } of spread(arm.front, Number(flags.finalists))) {
      const asTrained = own === undefined ? { validation: accuracy, accuracy: before } : await own();
      const id = space.id(architecture);
      if (!tested.has(id)) {
        const runs = [];
        for (let run = 1; run <= Number(flags.seeds); run++)
          runs.push((await bench.test(builder.build(architecture).spec, `final/${id}/${run}`, full)).accuracy);
        tested.set(id, runs);
      }
      const runs = tested.get(id);
      const mean = runs.reduce((sum, value) => sum + value, 0) / runs.length;
      arm.finalists.push({ architecture, cost, searched: accuracy, asTrained, accuracy: mean, runs });
      process.stderr.write(
        `${arm.name}: ${cost} bytes, ${percent(accuracy)} in its search, ${percent(asTrained.accuracy)} on test as it was trained` +
          `${own === undefined ? '' : ` (again: ${percent(asTrained.validation)} on validation)`}, ${percent(mean)} retrained\n`,
      );
    }
  }
  const box = boxOf(bench.ground);
  process.stdout.write(
    `${peer.versions}; ${seconds.toFixed(0)} s of ${flags.clock} time, load ${loadavg()[0].toFixed(1)}\n`,
  );
  arms.forEach((arm, i) => {
    const other = arms[1 - i];
    const volumes = (students) => corners.map((corner) => volumeOf(students, box, corner).toFixed(4)).join(' / ');
    process.stdout.write(
      `${arm.name}: ${arm.trained} students trained, front of ${arm.front.length}, hypervolume as searched ${volumes(arm.students)}, ` +
        `finalists retrained ${volumes(arm.finalists)}, best ${percent(Math.max(...arm.finalists.map((f) => f.accuracy)))}; ` +
        `${dominated(arm.finalists, other.finalists)} of the other's ${other.finalists.length} finalists dominated\n`,
    );
    const asTrained = ({ finalists }) => finalists.map(({ cost, asTrained: { accuracy } }) => ({ cost, accuracy }));
    const [own, theirs] = [asTrained(arm), asTrained(other)];
    // Runs of the peer from before its students were tested do not know.
    if ([...own, ...theirs].some(({ accuracy }) => accuracy === undefined)) return;
    process.stdout.write(
      `  on test as each trained its own: hypervolume ${volumes(own)}; ${dominated(own, theirs)} of the other's dominated\n`,
    );
  });
  if (flags.json) {
    const document = { flags, job, versions: peer.versions, end: peer.end, load: loadavg(), box, arms };
    writeFileSync(flags.json, `${JSON.stringify(document, null, 1)}\n`);
  }
} finally {
  bench.close();
  rmSync(folder, { recursive: true, force: true });
}
