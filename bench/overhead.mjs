// What distillation costs beside plain training of the same student: kd from the cache, and feature losses from cached taps. CPU time
// of what a training does for each step: its batch and the teacher's answers to it copied from shared memory, the compiled step run.
//   npm run build && npm run bench:overhead -- [--space mobile-cnn] [--width 1] [--steps 40] [--batch 64] [--recipes kd,hint,...]
//     [--json FILE]
// All recipes take turns, one step each in an order drawn anew each round, so that what disturbs the machine, and what a recipe
// leaves of the processor's caches, meets all of them alike; the overhead is the median over the rounds of a recipe's time over that
// of plain training in the same round. Images and teacher outputs are drawn at random in the shapes of Fashion-MNIST and the
// reference ViT: their values cost nothing more or less.
// Target: kd at most 5 % over plain training, features at most 30 %.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { load, wholeNumber } from './students.mjs';

const { createRng } = await load('core/rng.js');
const { BatchFeeder } = await load('distillation/BatchFeeder.js');
const { createTrainingStep } = await load('distillation/trainingStep.js');
const { openEngine } = await load('engines/registry.js');
const { tapShapes } = await load('models/inferShapes.js');
const { referenceTeachers } = await load('models/teachers/registry.js');
const { loadSpace } = await load('spaces/loadSpace.js');

const ce = { loss: 'ce', weight: 0.3 };
const kd = { loss: 'kd', weight: 0.7 };
const all = {
  kd: { limit: 0.05, losses: [kd, ce] },
  dist: { limit: 0.05, losses: [{ loss: 'dist', weight: 2 }, ce] },
  hint: {
    limit: 0.3,
    losses: [kd, ce, { loss: 'hint', weight: 1, options: { student: 'stage3', teacher: 'block2' } }],
  },
  rkd: { limit: 0.3, losses: [kd, ce, { loss: 'rkd', weight: 25 }] },
  similarity: { limit: 0.3, losses: [kd, ce, { loss: 'similarity', weight: 3000 }] },
  crd: { limit: 0.3, losses: [kd, ce, { loss: 'crd', weight: 0.8 }] },
};

const { values: flags } = parseArgs({
  options: {
    space: { type: 'string', default: 'mobile-cnn' },
    width: { type: 'string', default: '1' },
    steps: { type: 'string', default: '40' },
    batch: { type: 'string', default: '64' },
    recipes: { type: 'string', default: Object.keys(all).join(',') },
    json: { type: 'string' },
  },
});
const chosen = flags.recipes.split(',');
const unknown = chosen.find((name) => !Object.hasOwn(all, name));
if (unknown !== undefined) throw new Error(`--recipes: unknown "${unknown}"; known: ${Object.keys(all).join(', ')}`);
const recipes = { plain: { limit: 0, losses: [{ loss: 'ce', weight: 1 }] } };
for (const name of chosen) recipes[name] = all[name];

const batch = wholeNumber(flags, 'batch');
const data = drawnData(4 * batch);
const engine = await openEngine('onnx', { threads: 1 });
const context = { input: data.dataset.shape, classes: data.dataset.classes.length };
const spec = loadSpace(flags.space).baseline(Number(flags.width), context);
const open = [];
for (const [name, { losses }] of Object.entries(recipes)) {
  const config = { losses, labelSmoothing: 0, clipNorm: 1, optimiser: { name: 'adamw' } };
  const rng = createRng('overhead');
  const { input: imageShape, classes } = context;
  const training = createTrainingStep({ spec, config, batch, classes, imageShape, teacher: data.teacher, rng });
  const state = engine.createState(training.state);
  const step = await engine.compile(training.step, state.specs, training.feeds);
  const feeder = new BatchFeeder(data, training, batch);
  feeder.startEpoch(1, 'overhead');
  open.push({ name, state, step, feeder, times: [] });
}
const noise = createRng('noise');
// The first steps of each allocate.
for (const one of open) for (let i = 0; i < 3; i++) await cpuOf(one, i);
const turns = createRng('turns');
for (let round = 0; round < wholeNumber(flags, 'steps'); round++) {
  for (const one of turns.shuffle(open)) one.times.push(await cpuOf(one, round % 4));
}
const plain = open[0].times;
const rows = open.map(({ name, times }) => {
  const ratios = times.map((ms, r) => ms / plain[r]).sort((a, b) => a - b);
  const part = (p) => ratios[Math.floor(p * (ratios.length - 1))] - 1;
  return { name, ms: median(times), over: part(0.5), quartiles: [part(0.25), part(0.75)], limit: recipes[name].limit };
});
for (const { name, ms, over, quartiles, limit } of rows) {
  const percent = (x) => `${x >= 0 ? '+' : ''}${(100 * x).toFixed(1)} %`;
  const verdict =
    name === 'plain'
      ? ''
      : `${percent(over)}, half of the steps ${percent(quartiles[0])} to ${percent(quartiles[1])} (target ${100 * limit} %: ${over <= limit ? 'met' : 'missed'})`;
  console.log(`${name.padEnd(12)} ${ms.toFixed(2)} ms of CPU a step  ${verdict}`);
}
if (flags.json) writeFileSync(flags.json, `${JSON.stringify({ flags, engine: engine.info, rows }, null, 1)}\n`);
for (const { state, step } of open) {
  step.dispose();
  state.dispose();
}
engine.close();

/** CPU milliseconds of one step with its feeds. */
async function cpuOf({ step, state, feeder }, position) {
  const from = process.cpuUsage();
  feeder.fill(position, 0, { lr: 1e-4 }, noise);
  await step.run(state, feeder.feeds);
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
}

/** So many images with a teacher's logits and taps. */
function drawnData(count) {
  const rng = createRng('overhead/data');
  const shape = [28, 28, 1];
  const shared = (length) => new Float32Array(new SharedArrayBuffer(4 * length)).map(() => rng.normal());
  const shapes = tapShapes(referenceTeachers.vit.build('small', { input: shape, classes: 10 }));
  const sizeOf = (list) => list.reduce((a, b) => a * b, 1);
  const rows = Int32Array.from({ length: count }, (_, i) => i);
  return {
    dataset: {
      name: 'drawn',
      digest: 'drawn',
      shape,
      classes: Array.from({ length: 10 }, (_, c) => `${c}`),
      count,
      images: Uint8Array.from({ length: count * sizeOf(shape) }, () => rng.int(256)),
      labels: rows.map((i) => i % 10),
      officialTest: new Int32Array(0),
    },
    splits: { train: rows, validation: rows, test: rows },
    normalisation: { mean: [0.3], std: [0.35] },
    augmentation: { shift: 2, flip: true, views: 1, seed: 1 },
    teacher: {
      digest: 'drawn',
      classes: 10,
      views: 1,
      rows: count,
      logits: shared(count * 10),
      taps: Object.fromEntries(
        Object.entries(shapes).map(([tap, dims]) => [tap, { shape: dims, data: shared(count * sizeOf(dims)) }]),
      ),
    },
  };
}

function median(list) {
  return [...list].sort((a, b) => a - b)[list.length >> 1];
}
