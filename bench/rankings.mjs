// Does brief distillation rank students as full distillation does? Random students of a space, each trained three ways by the same
// seed: distilled for long (the truth), distilled briefly, trained briefly without the teacher. Kendall's tau of each brief ranking,
// and of those by MACs and by parameters, with the full one, into docs/rankings.md.
//   npm run build && npm run bench:rankings -- [--students 20] [--space mobile-cnn] [--data fashion-mnist] [--teacher NAME]
//     [--budget 300KB,4MMACs] [--train 2000] [--validation 2000] [--brief 3] [--full 15] [--seed 1] [--results results]
//     [--json results/rankings.json] [--out docs/rankings.md]
// Training is that of a study without a recipe. A run that was stopped goes on from --json. The teacher must be stored below
// --results (nas-distill teacher train).
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { rankingsDocument } from './rankingsTable.mjs';
import { load, openStudents, trainingWith, wholeNumber } from './students.mjs';

const { createRng } = await load('core/rng.js');
const { parseBudgets, fits } = await load('costs/budgets.js');
const { estimateCosts } = await load('costs/registry.js');
const { loadSpace } = await load('spaces/loadSpace.js');

const { values: flags } = parseArgs({
  options: {
    students: { type: 'string', default: '20' },
    space: { type: 'string', default: 'mobile-cnn' },
    data: { type: 'string', default: 'fashion-mnist' },
    teacher: { type: 'string', default: 'vit-tiny-fashion-mnist' },
    budget: { type: 'string', default: '300KB,4MMACs' },
    train: { type: 'string', default: '2000' },
    validation: { type: 'string', default: '2000' },
    brief: { type: 'string', default: '3' },
    full: { type: 'string', default: '15' },
    seed: { type: 'string', default: '1' },
    results: { type: 'string', default: 'results' },
    json: { type: 'string', default: 'results/rankings.json' },
    out: { type: 'string', default: 'docs/rankings.md' },
  },
});
const { json, results, out } = flags;
/** Students below which there is nothing to rank. */
const fewest = 5;
/** What the numbers depend on. */
const ground = ['space', 'data', 'teacher', 'budget', 'train', 'validation', 'brief', 'full', 'seed'];
const settings = Object.fromEntries(ground.map((key) => [key, flags[key]]));
const before = existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')) : undefined;
if (before !== undefined && JSON.stringify(before.settings) !== JSON.stringify(settings)) {
  throw new Error(`${json} was measured under other settings: give another --json, or delete it`);
}
const rows = before?.rows ?? [];
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();

const bench = await openStudents({
  results,
  data: flags.data,
  train: wholeNumber(flags, 'train'),
  validation: wholeNumber(flags, 'validation'),
  views: 2,
  seed: Number(flags.seed),
  threads: 1,
});
const teacher = await bench.openTeacher(flags.teacher);
// The losses of a study that names none.
const taught = trainingWith(undefined, { epochs: 1, batch: 64 }).losses;
const answers = await bench.answersOf(teacher, taught);
const space = loadSpace(flags.space);
const budgets = parseBudgets(flags.budget.split(','));
for (let i = rows.length; i < wholeNumber(flags, 'students'); i++) {
  const { spec, macs, params } = drawn(createRng(`rankings/${flags.seed}/${i}`));
  const accuracy = async (losses, epochs, given) => {
    const config = trainingWith(losses, { epochs: wholeNumber(flags, epochs), batch: 64 });
    return (await bench.train(spec, config, given, `rankings/${flags.seed}/${i}/train`)).metrics.accuracy;
  };
  const row = {
    full: await accuracy(taught, 'full', answers),
    brief: await accuracy(taught, 'brief', answers),
    plain: await accuracy([{ loss: 'ce', weight: 1 }], 'brief', undefined),
    macs,
    params,
  };
  rows.push(row);
  mkdirSync(dirname(json), { recursive: true });
  writeFileSync(json, `${JSON.stringify({ settings, commit, machine: bench.machine, rows })}\n`);
  console.log(
    `student ${i + 1}: full ${row.full.toFixed(3)}, brief ${row.brief.toFixed(3)}, plain ${row.plain.toFixed(3)}, ${params} parameters`,
  );
}
teacher.dispose();
bench.close();

const command = `npm run bench:rankings -- ${process.argv.slice(2).join(' ')}`.trim();
const measured = { settings, rows, machine: bench.machine, commit: before?.commit ?? commit, command };
if (rows.length < fewest) {
  console.log(`${rows.length} student(s): a ranking needs ${fewest}; --students ${fewest} or more goes on from here`);
  process.exit();
}
writeFileSync(out, rankingsDocument(measured, await load('core/kendallTau.js'), createRng('rankings/interval')));
console.log(`wrote ${out}`);

/** A random student within the budget. */
function drawn(rng) {
  for (;;) {
    const spec = space.toModelSpec(space.sample(rng), bench.context);
    const costs = estimateCosts(spec, 'float32');
    if (fits(costs, budgets)) return { spec, ...costs };
  }
}
