// What distillation costs beside plain training of the same student: kd from the cache, and a feature loss from cached taps, by CPU
// time a step, round by round in one process so that what disturbs the machine disturbs all of them alike.
//   npm run build && npm run bench:overhead -- [--space mobile-cnn] [--width 1] [--steps 40] [--rounds 5] [--batch 64] [--json FILE]
// Teacher outputs are drawn at random in the shapes of the reference ViT's: their values cost nothing more or less.
// Target: kd at most 5 % over plain training, features at most 30 %.
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const dist = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist');
if (!existsSync(join(dist, 'distillation', 'trainingStep.js'))) throw new Error('not built yet: npm run build');
const load = (path) => import(join(dist, path));
const { createRng } = await load('core/rng.js');
const { createTrainingStep } = await load('distillation/trainingStep.js');
const { openEngine } = await load('engines/registry.js');
const { tapShapes } = await load('models/inferShapes.js');
const { referenceTeachers } = await load('models/teachers/registry.js');
const { loadSpace } = await load('spaces/loadSpace.js');

const { values: flags } = parseArgs({
  options: {
    space: { type: 'string', default: 'mobile-cnn' },
    width: { type: 'string', default: '1' },
    steps: { type: 'string', default: '40' },
    rounds: { type: 'string', default: '5' },
    batch: { type: 'string', default: '64' },
    json: { type: 'string' },
  },
});
const context = { input: [28, 28, 1], classes: 10 };
const spec = loadSpace(flags.space).baseline(Number(flags.width), context);
const taps = tapShapes(referenceTeachers.vit.build('small', context));
const teacher = {
  classes: 10,
  taps: Object.fromEntries(Object.entries(taps).map(([tap, shape]) => [tap, { shape }])),
};
const ce = { loss: 'ce', weight: 0.3 };
const kd = { loss: 'kd', weight: 0.7 };
const recipes = {
  plain: { limit: 0, losses: [{ loss: 'ce', weight: 1 }] },
  kd: { limit: 0.05, losses: [kd, ce] },
  hint: {
    limit: 0.3,
    losses: [kd, ce, { loss: 'hint', weight: 1, options: { student: 'stage3', teacher: 'block2' } }],
  },
  rkd: { limit: 0.3, losses: [kd, ce, { loss: 'rkd', weight: 25 }] },
  similarity: { limit: 0.3, losses: [kd, ce, { loss: 'similarity', weight: 3000 }] },
  crd: { limit: 0.3, losses: [kd, ce, { loss: 'crd', weight: 0.8 }] },
};
const batch = Number(flags.batch);
const engine = await openEngine('onnx', { threads: 1 });
const open = [];
for (const [name, { losses }] of Object.entries(recipes)) {
  const config = { losses, labelSmoothing: 0, clipNorm: 1, optimiser: { name: 'adamw' } };
  const rng = createRng('overhead');
  const training = createTrainingStep({ spec, config, batch, classes: 10, imageShape: context.input, teacher, rng });
  const state = engine.createState(training.state);
  const step = await engine.compile(training.step, state.specs, training.feeds);
  const feeds = Object.fromEntries(Object.entries(training.feeds).map(([feed, spec_]) => [feed, drawn(feed, spec_)]));
  open.push({ name, state, step, feeds, rounds: [] });
}
// The first steps of each allocate.
for (const one of open) await cpuOf(one, 3);
for (let round = 0; round < Number(flags.rounds); round++) {
  for (const one of open) one.rounds.push(await cpuOf(one, Number(flags.steps)));
}
const plain = open[0].rounds;
const rows = open.map(({ name, rounds }) => ({
  name,
  ms: median(rounds),
  over: median(rounds.map((ms, r) => ms / plain[r])) - 1,
  limit: recipes[name].limit,
}));
for (const { name, ms, over, limit } of rows) {
  const verdict =
    name === 'plain'
      ? ''
      : `${over >= 0 ? '+' : ''}${(100 * over).toFixed(1)} % (target ${100 * limit} %: ${over <= limit ? 'met' : 'missed'})`;
  console.log(`${name.padEnd(12)} ${ms.toFixed(2)} ms of CPU a step  ${verdict}`);
}
if (flags.json) writeFileSync(flags.json, `${JSON.stringify({ flags, engine: engine.info, rows }, null, 1)}\n`);
for (const { state, step } of open) {
  step.dispose();
  state.dispose();
}
engine.close();

async function cpuOf({ step, state, feeds }, steps) {
  const from = process.cpuUsage();
  for (let i = 0; i < steps; i++) await step.run(state, feeds);
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000 / steps;
}

function drawn(name, { shape, dtype }) {
  const rng = createRng(name);
  const length = shape.reduce((a, b) => a * b, 1);
  if (dtype === 'int32') return { shape, dtype, data: Int32Array.from({ length }, (_, i) => i % 10) };
  const scale = name === 'lr' ? 1e-4 : 1;
  return { shape, dtype, data: Float32Array.from({ length }, () => Math.abs(rng.normal()) * scale) };
}

function median(list) {
  return [...list].sort((a, b) => a - b)[list.length >> 1];
}
