// Searches of a real space in which a model of stored students stands for their training: a Gaussian process of accuracy over the
// complete trials of some studies, plus noise. A search of 40 trials takes half a second, so that samplers and their options can be
// compared over many seeds; what it says is about a landscape as smooth as that model.
//   npm run build && npm run bench:surrogate -- --studies RESULTS:STUDY,... --samplers 'gp;gp {"accurate":0};predictor'
//     [--seeds 40] [--trials 40] [--noise 0.005] [--peers 40] [--drawn 12] [--outstanding none]
// --outstanding 0,1,2: how many results a sampler lacks when it chooses (workers - 1, and one more with --ahead 1); each but the first is
// compared with the first, seed by seed (mean difference +- its standard error). The studies share space, data and a limit on
// bytes. Of each sampler: hypervolume (corners as in fronts.mjs), the best accuracy, and how many points of the fronts of `drawn` random students
// are dominated, in all and as whole fronts. All by the model's accuracies, without the noise.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { boxOf, corners, dominated, frontOfStudents, volumeOf } from './fronts.mjs';
import { createSilentIo, openBenchGround, openStoreOf } from './openBenchStudy.mjs';

const load = (path) => import(join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', path));
const { createRng } = await load('core/rng.js');
const { violations } = await load('costs/budgets.js');
const { ArchitectureKernel } = await load('samplers/gp/ArchitectureKernel.js');
const { fitHyperparameters } = await load('samplers/gp/fitHyperparameters.js');
const { GaussianProcess, standardisation } = await load('samplers/gp/GaussianProcess.js');
const { createSampler } = await load('search/createSampler.js');
const { scaledCost } = await load('search/scaledCost.js');
const { feasibleSampler } = await load('spaces/feasibility/feasibleSampler.js');

const { values: flags } = parseArgs({
  options: {
    studies: { type: 'string' },
    samplers: { type: 'string', default: 'gp;predictor;nsga2;random' },
    seeds: { type: 'string', default: '40' },
    trials: { type: 'string', default: '40' },
    noise: { type: 'string', default: '0.005' },
    peers: { type: 'string', default: '40' },
    drawn: { type: 'string', default: '12' },
    outstanding: { type: 'string', default: '0' },
  },
});
if (flags.studies === undefined) throw new Error('give --studies RESULTS:STUDY,...');
const [seeds, trials, noise] = [flags.seeds, flags.trials, flags.noise].map(Number);
const lacks = flags.outstanding.split(',').map(Number);

const students = [];
let study;
for (const [results, name] of flags.studies.split(',').map((text) => text.split(':'))) {
  const io = createSilentIo(results);
  study ??= await openBenchGround(io, name);
  const store = openStoreOf(io);
  const complete = store.trials(name).filter(({ origin, state }) => origin === 'search' && state === 'COMPLETE');
  students.push(...complete.map(({ architecture, metrics }) => ({ architecture, error: 1 - metrics.accuracy })));
  store.close();
}
const { config, ground } = study;
const { space, builder, budgets, cost } = ground;

/** Bytes and multiply-accumulates in logarithms, about standardised. */
const features = (architecture) => {
  const { bytes, macs } = builder.costs(architecture);
  return [Math.log(bytes) - 10, Math.log(macs) - 13];
};
const kernel = new ArchitectureKernel(space);
const x = students.map(({ architecture }) => kernel.encode(architecture));
const f = students.map(({ architecture }) => features(architecture));
const y = students.map(({ error }) => error);
const { shift, scale } = standardisation(y);
const targets = Float64Array.from(y, (value) => (value - shift) / scale);
const model = new GaussianProcess(kernel, fitHyperparameters(kernel, x, targets, f), x, y, 0, f);
const errorOf = (architecture) => model.predictMean(kernel.encode(architecture), undefined, features(architecture));

const violation = (architecture) => violations(builder.costs(architecture), budgets).reduce((a, b) => a + b, 0);
const box = boxOf(ground);
const draw = feasibleSampler(space, violation);
/** A student with its accuracy as it is and as it is measured. */
const measured = (architecture, rng) => {
  const accuracy = 1 - errorOf(architecture);
  return { cost: builder.costs(architecture)[cost], accuracy: accuracy + noise * rng.normal(), real: accuracy };
};
const realFront = (list) => frontOfStudents(list).map((student) => ({ cost: student.cost, accuracy: student.real }));
const peers = Array.from({ length: Number(flags.peers) }, (_, i) => {
  const rng = createRng(`peer/${i}`);
  return realFront(Array.from({ length: Number(flags.drawn) }, () => measured(draw(rng), rng)));
});

function search(sampler, samplerOptions, seed, outstanding) {
  const settings = { ...config, sampler, samplerOptions, seed, trials };
  const parts = { config: settings, space, budgets, costs: [cost], builder, seen: new Set() };
  const { sampler: opened, reseed } = createSampler(parts);
  const rng = createRng(`noise/${seed}`);
  const done = [];
  const untold = [];
  for (let trial = 0; trial < trials; trial++) {
    while (untold.length > outstanding) opened.tell(untold.shift());
    reseed(`${seed}/ask/${trial}`);
    const architecture = opened.ask();
    if (architecture === undefined) break;
    const student = measured(architecture, rng);
    const objectives = [1 - student.accuracy, scaledCost(builder.costs(architecture), cost)];
    const id = space.id(architecture);
    parts.seen.add(id);
    untold.push({ architecture, id, state: 'COMPLETE', objectives, rungs: [], violations: [0] });
    done.push(student);
  }
  return realFront(done);
}

process.stdout.write(`${students.length} students, ${seeds} seeds, ${trials} trials\n`);
for (const text of flags.samplers.split(';')) {
  const [, name, options] = /^\s*([\w-]+)\s*(.*)$/.exec(text);
  const given = options ? JSON.parse(options) : {};
  let first;
  for (const outstanding of lacks) {
    const fronts = Array.from({ length: seeds }, (_, i) => search(name, given, i + 1, outstanding));
    const mean = (value) => (fronts.reduce((sum, front) => sum + value(front), 0) / seeds).toFixed(3);
    const points = peers.reduce((sum, peer) => sum + peer.length, 0);
    const volumes = corners.map((corner) => fronts.map((front) => volumeOf(front, box, corner)));
    const bests = fronts.map((front) => 100 * Math.max(...front.map(({ accuracy }) => accuracy)));
    const volume = corners.map((corner) => mean((front) => volumeOf(front, box, corner))).join(' / ');
    const best = (bests.reduce((sum, value) => sum + value, 0) / seeds).toFixed(3);
    const part = mean((front) => peers.reduce((sum, peer) => sum + dominated(front, peer), 0) / points);
    const whole = mean((front) => peers.filter((peer) => dominated(front, peer) === peer.length).length / peers.length);
    const lacking = lacks.length > 1 ? `, ${outstanding} outstanding` : '';
    process.stdout.write(
      `${text.trim()}${lacking}: hypervolume ${volume}, best ${best} %, dominated ${part}, whole fronts ${whole}\n`,
    );
    const values = [...volumes, bests];
    if (first === undefined) first = values;
    else
      process.stdout.write(
        `  against ${lacks[0]}: hypervolume ${difference(volumes[0], first[0], 4)} / ${difference(volumes[1], first[1], 4)}, ` +
          `best ${difference(bests, first[2], 3)} points\n`,
      );
  }
}

/** Mean of the differences of pairs, and its standard error. */
function difference(ours, theirs, digits) {
  const all = ours.map((value, i) => value - theirs[i]);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  const variance = all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (all.length - 1);
  return `${mean.toFixed(digits)} +- ${Math.sqrt(variance / all.length).toFixed(digits)}`;
}
