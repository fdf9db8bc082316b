// Does brief distillation rank students as full distillation does? Random students of a space, each trained three ways by the same
// seed: distilled for long (the truth), distilled briefly, trained briefly without the teacher. Kendall's tau of each brief ranking,
// and of those by MACs and by parameters, with the full one.
//   npm run build && npm run bench:rankings -- [--students 20] [--space mobile-cnn] [--data fashion-mnist] [--teacher NAME]
//     [--train 2000] [--validation 1000] [--brief 1] [--full 8] [--seed 1] [--results results] [--json results/rankings.json]
// A run that was stopped goes on from --json. The teacher must be stored below --results (nas-distill teacher train).
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const dist = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist');
if (!existsSync(join(dist, 'distillation', 'trainModel.js'))) throw new Error('not built yet: npm run build');
const load = (path) => import(join(dist, path));
const { createRng } = await load('core/rng.js');
const { silent } = await load('core/progress.js');
const { estimateCosts } = await load('costs/registry.js');
const { computeNormalisation } = await load('data/normalisation.js');
const { openDataset } = await load('data/openDataset.js');
const { briefSplits } = await load('data/splits.js');
const { trainModel } = await load('distillation/trainModel.js');
const { openEngine } = await load('engines/registry.js');
const { loadSpace } = await load('spaces/loadSpace.js');
const { modelContext } = await load('tasks/modelContext.js');
const { taskOf } = await load('tasks/registry.js');
const { openTeacher } = await load('teachers/openTeacher.js');
const { teacherOutputs } = await load('teachers/teacherCache.js');
const { readRecord } = await load('teachers/teacherFiles.js');

const { values: flags } = parseArgs({
  options: {
    students: { type: 'string', default: '20' },
    space: { type: 'string', default: 'mobile-cnn' },
    data: { type: 'string', default: 'fashion-mnist' },
    teacher: { type: 'string', default: 'vit-tiny-fashion-mnist' },
    train: { type: 'string', default: '2000' },
    validation: { type: 'string', default: '1000' },
    brief: { type: 'string', default: '1' },
    full: { type: 'string', default: '8' },
    seed: { type: 'string', default: '1' },
    results: { type: 'string', default: 'results' },
    json: { type: 'string', default: 'results/rankings.json' },
  },
});
const { json, results, ...settings } = flags;
const before = existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')) : undefined;
if (
  before !== undefined &&
  JSON.stringify({ ...before.settings, students: '' }) !== JSON.stringify({ ...settings, students: '' })
) {
  throw new Error(`${json} was measured under other settings: give another --json, or delete it`);
}
const rows = before?.rows ?? [];

const engine = await openEngine('onnx', { threads: 1 });
const dataset = await openDataset(flags.data, { dataDir: join(results, 'data'), progress: silent });
const splits = briefSplits(dataset, Number(flags.train), Number(flags.validation));
const augmentation = taskOf(dataset).views({ shift: 2, flip: true, views: 2, seed: Number(flags.seed) });
const teachersDir = join(results, 'teachers');
const teacher = await openTeacher(teachersDir, readRecord(teachersDir, flags.teacher));
const { outputs } = await teacherOutputs(
  join(results, 'cache', 'teacher'),
  { teacher, dataset, rows: splits.train, policy: augmentation, taps: [] },
  async () => engine,
);
const data = { dataset, splits, normalisation: computeNormalisation(dataset, splits.train), augmentation };
const space = loadSpace(flags.space);
const taught = [
  { loss: 'kd', weight: 0.7, options: { temperature: 4 } },
  { loss: 'ce', weight: 0.3 },
];
for (let i = rows.length; i < Number(flags.students); i++) {
  const spec = space.toModelSpec(space.sample(createRng(`rankings/${flags.seed}/${i}`)), modelContext(dataset));
  const { macs, params } = estimateCosts(spec, 'float32');
  const row = {
    full: await accuracy(spec, taught, flags.full, outputs, i),
    brief: await accuracy(spec, taught, flags.brief, outputs, i),
    plain: await accuracy(spec, [{ loss: 'ce', weight: 1 }], flags.brief, undefined, i),
    macs,
    params,
  };
  rows.push(row);
  mkdirSync(dirname(json), { recursive: true });
  writeFileSync(json, `${JSON.stringify({ settings, rows })}\n`);
  console.log(
    `student ${i + 1}: full ${row.full.toFixed(3)}, brief ${row.brief.toFixed(3)}, plain ${row.plain.toFixed(3)}, ${params} parameters`,
  );
}
teacher.dispose();
engine.close();
console.log(`Kendall's tau with full distillation (${flags.full} epochs), ${rows.length} students of ${flags.space}:`);
for (const key of ['brief', 'plain', 'macs', 'params']) console.log(`  ${key.padEnd(7)} ${tau(key).toFixed(3)}`);

async function accuracy(spec, losses, epochs, answers, student) {
  const result = await trainModel({
    spec,
    data: answers === undefined ? data : { ...data, teacher: answers },
    config: {
      epochs: Number(epochs),
      batchSize: 64,
      optimiser: { name: 'adamw', options: { weightDecay: 0.05 } },
      learningRate: 2e-3,
      schedule: { name: 'warmup-cosine' },
      clipNorm: 1,
      labelSmoothing: 0,
      losses,
    },
    engine,
    rng: createRng(`rankings/${flags.seed}/${student}/train`),
  });
  return result.metrics.accuracy;
}

/** tau-b, which counts ties. */
function tau(key) {
  let [agree, tiesA, tiesB, pairs] = [0, 0, 0, 0];
  for (let i = 0; i < rows.length; i++) {
    for (let j = i + 1; j < rows.length; j++) {
      const a = Math.sign(rows[i].full - rows[j].full);
      const b = Math.sign(rows[i][key] - rows[j][key]);
      agree += a * b;
      if (a === 0) tiesA++;
      if (b === 0) tiesB++;
      pairs++;
    }
  }
  return agree / Math.sqrt((pairs - tiesA) * (pairs - tiesB));
}
