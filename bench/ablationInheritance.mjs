// Whether inherited weights rank students: random architectures of a study's space, each trained briefly from scratch,
// briefly from its closest relative among those before it, and fully from scratch; then Kendall's tau of both brief rankings, and
// of MACs and parameters, with the full one, and processor seconds.
//   npm run build && node bench/ablationInheritance.mjs --results DIR --study NAME [--architectures 10] [--epochs 1]
//     [--full-epochs 6] [--seed 1] [--json FILE]
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createSilentIo, openBenchStudy } from './openBenchStudy.mjs';

const load = (path) => import(join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', path));
const { createRng } = await load('core/rng.js');
const { violations } = await load('costs/budgets.js');
const { inheritWeights } = await load('inheritance/inheritWeights.js');
const { agreementOf } = await load('proxies/agreement.js');
const { feasibleSampler } = await load('spaces/feasibility/feasibleSampler.js');

const { values: flags } = parseArgs({
  options: {
    results: { type: 'string' },
    study: { type: 'string' },
    architectures: { type: 'string', default: '10' },
    epochs: { type: 'string', default: '1' },
    'full-epochs': { type: 'string', default: '6' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});
if (flags.results === undefined || flags.study === undefined) throw new Error('give --results DIR and --study NAME');
const bench = await openBenchStudy(createSilentIo(flags.results), flags.study);
const { space, builder, budgets } = bench.ground;
const violation = (a) => violations(builder.costs(a), budgets).reduce((x, y) => x + y, 0);
const propose = feasibleSampler(space, violation);
const [brief, full] = [Number(flags.epochs), Number(flags['full-epochs'])];
const done = [];
let parent = propose(createRng(`${flags.seed}/0`));
for (let i = 0; i < Number(flags.architectures); i++) {
  const rng = createRng(`${flags.seed}/${i}`);
  // Half of them are children of earlier ones, as in an evolution.
  let architecture = i % 2 === 0 ? propose(rng) : space.mutate(parent, rng);
  if (violation(architecture) > 0) architecture = propose(rng);
  parent = architecture;
  const { spec, costs } = builder.build(architecture);
  const codes = space.encode(architecture);
  const distance = (other) => codes.reduce((sum, code, k) => sum + Math.abs(code - other.codes[k]), 0);
  const relative = [...done].sort((a, b) => distance(a) - distance(b))[0];
  const scratch = await bench.train(spec, `scratch/${i}`, brief);
  const heritage =
    relative && inheritWeights(spec, { spec: relative.spec, values: relative.variables }, createRng(`heir/${i}`));
  const heir = await bench.train(spec, `heir/${i}`, brief, heritage?.values);
  const whole = await bench.train(spec, `full/${i}`, full);
  done.push({
    codes,
    spec,
    variables: heir.variables,
    costs,
    share: heritage?.share ?? 0,
    scratch: scratch.accuracy,
    heir: heir.accuracy,
    full: whole.accuracy,
    cpu: [scratch, heir, whole].map(({ cpuSeconds }) => cpuSeconds),
  });
  const last = done.at(-1);
  process.stderr.write(
    `${i + 1}: scratch ${last.scratch.toFixed(3)}, inherited ${last.heir.toFixed(3)} (${last.share.toFixed(2)} of its values), full ${last.full.toFixed(3)}\n`,
  );
}
bench.close();
const truth = done.map((one) => one.full);
const ranked = Object.fromEntries(
  [
    ['brief, from scratch', (one) => one.scratch],
    ['brief, inherited', (one) => one.heir],
    ['MACs', (one) => one.costs.macs],
    ['parameters', (one) => one.costs.params],
  ].map(([name, value]) => [name, agreementOf(done.map(value), truth, createRng(`bootstrap/${name}`))]),
);
const cpu = [0, 1, 2].map((k) => done.reduce((sum, one) => sum + one.cpu[k], 0));
for (const [name, { tau, interval }] of Object.entries(ranked)) {
  const between = interval === null ? '' : ` (${interval.map((t) => t.toFixed(2)).join(' to ')})`;
  process.stdout.write(`${name.padEnd(20)} tau ${tau === null ? 'none' : tau.toFixed(3)}${between}\n`);
}
process.stdout.write(
  `processor seconds: scratch ${cpu[0].toFixed(1)}, inherited ${cpu[1].toFixed(1)}, full ${cpu[2].toFixed(1)}\n`,
);
if (flags.json) {
  const students = done.map(({ costs, share, scratch, heir, full: whole }) => ({
    costs,
    share,
    scratch,
    heir,
    full: whole,
  }));
  writeFileSync(flags.json, `${JSON.stringify({ flags, ranked, cpu, students }, null, 1)}\n`);
}
