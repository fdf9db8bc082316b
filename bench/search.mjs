// Which sampler finds the best front in the fewest trials: every sampler on generated tables, with seeds 1 to n, and with
// --peer PYTHON Optuna's NSGA-II, TPE and GP samplers on the same tables in the same run.
//   npm run build && npm run bench:search -- [--tables additive,pairwise,rugged,noisy] [--seeds 20] [--trials 100]
//     [--samplers auto,nsga2] [--workers 1] [--ahead 0] [--rungs 0] [--budget-share 0.05] [--peer PYTHON] [--peers nsga2,tpe,gp] [--json FILE]
//   npm run bench:search -- --pruners: every pruner, and the same sampler without one in as much training
// --ahead N: candidates that are chosen while others are in a rung that they may stop after, the last of --rungs at the latest. Tables are kinds of searchTables.mjs (also ordinal, three and wide), `pairwise:2` another of a kind. --budget-share admits that
// share of the architectures by their parameters. A cell is the mean hypervolume ratio (lowest seed) after the trials; ms is the
// processor time of ask and tell, a trial. `blind` rows learn the costs like the peers do; the others know them before training, as
// a search does.
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { generateTable, tableModel } from './searchTables.mjs';
import { wideTable } from './searchWide.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, '..', 'dist');
if (!existsSync(join(dist, 'search', 'simulateSeeds.js'))) throw new Error('not built yet: npm run build');
const { parseTable, parseReference, tableSpace } = await import(join(dist, 'search', 'simulateTable.js'));
const { parseTableBudgets, tableViolation } = await import(join(dist, 'search', 'simulateBudget.js'));
const { simulateSeeds } = await import(join(dist, 'search', 'simulateSeeds.js'));
const { volumeOf } = await import(join(dist, 'search', 'simulate.js'));
const { samplers } = await import(join(dist, 'samplers', 'registry.js'));
const { autoSampler } = await import(join(dist, 'samplers', 'auto.js'));
const { createRng } = await import(join(dist, 'core', 'rng.js'));

const { values: flags } = parseArgs({
  options: {
    tables: { type: 'string', default: 'additive,pairwise,rugged,noisy' },
    samplers: {
      type: 'string',
      default: Object.keys(samplers)
        .filter((name) => name !== 'auto')
        .join(','),
    },
    seeds: { type: 'string', default: '20' },
    trials: { type: 'string', default: '100' },
    workers: { type: 'string', default: '1' },
    ahead: { type: 'string', default: '0' },
    rungs: { type: 'string', default: '0' },
    'budget-share': { type: 'string' },
    peer: { type: 'string' },
    peers: { type: 'string', default: 'nsga2,tpe,gp' },
    pruners: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const [seeds, trials, workers, ahead] = [flags.seeds, flags.trials, flags.workers, flags.ahead].map(Number);
const rungsOf = Number(flags.rungs) || (flags.pruners ? 9 : 0);
const results = [];

function note(result) {
  results.push(result);
  const { table, sampler, mean, min, askMs, rungs } = result;
  const cells = [
    table.padEnd(10),
    sampler.padEnd(22),
    `${mean.toFixed(4)} (${min.toFixed(4)})`,
    `${askMs.toFixed(2)} ms`,
  ];
  process.stdout.write(`${cells.join('  ')}${rungs === undefined ? '' : `  ${rungs.toFixed(0)} rungs`}\n`);
}

function ours({ table, budgets }, name, { blind = false, pruner, count = trials, label }) {
  const run = simulateSeeds({
    table,
    sampler: samplers[name],
    ...(pruner ? { pruner: { name: pruner } } : {}),
    budgets,
    trials: count,
    workers,
    ahead,
    seeds,
    reference: parseReference(undefined, table),
    blind,
  });
  const { mean, min } = run.hypervolumeRatio;
  const rungs = pruner === undefined ? {} : { rungs: run.rungs.mean };
  note({ table: table.space.name, sampler: label, mean, min, askMs: run.cpuMs.mean, curve: run.curve, ...rungs });
  return { rungs: run.rungs.mean };
}

/** Optuna on the same table; its points are scored by the same code. */
function peers({ table, model, raw, budgets }) {
  const { names, letters } = model;
  const job = {
    parameters: names.map((name) => ({ name, values: letters })),
    directions: table.objectives.map((o) => (o.maximise ? 'maximize' : 'minimize')),
    // Rows by their values' indices, the first parameter's changing fastest; computed there where there are too many.
    rows: raw?.rows.map((row) => table.objectives.map(({ name }) => row[name])),
    model: raw === undefined ? { gain: model.gain, size: model.size, pairs: model.pairs } : undefined,
    limit: budgets[0]?.limit,
    trials,
    seeds,
    samplers: flags.peers.split(','),
  };
  const options = { input: JSON.stringify(job), maxBuffer: 2 ** 30, encoding: 'utf8' };
  const ended = spawnSync(flags.peer, [join(here, 'searchOptuna.py')], options);
  if (ended.error) throw ended.error;
  if (ended.status !== 0)
    throw new Error(`the peer ended with ${ended.status}: ${ended.stderr.trim().split('\n').pop()}`);
  const reference = parseReference(undefined, table);
  const feasible = (rows) => rows.filter((row) => tableViolation(row, budgets) === 0).map((row) => row.point);
  const whole = volumeOf(feasible(table.rows), reference);
  const rowOf = (at) => table.row({ choices: Object.fromEntries(names.map((name, l) => [name, letters[at[l]]])) });
  const ratio = (rows) => volumeOf(feasible(rows), reference) / whole;
  for (const line of ended.stdout.trim().split('\n')) {
    const { sampler, version, askMs, runs } = JSON.parse(line);
    const tried = runs.map((run) => run.map(rowOf));
    const ratios = tried.map(ratio);
    const mean = ratios.reduce((a, b) => a + b, 0) / ratios.length;
    const curve = Array.from({ length: 10 }, (_, i) => {
      const count = Math.ceil((trials * (i + 1)) / 10);
      return { trials: count, ratio: tried.reduce((sum, rows) => sum + ratio(rows.slice(0, count)), 0) / runs.length };
    });
    note({
      table: table.space.name,
      sampler: `Optuna ${version} ${sampler}`,
      mean,
      min: Math.min(...ratios),
      askMs,
      curve,
    });
  }
}

/** The limit on parameters that this share of the architectures meets. */
function budgetsOf(table) {
  if (flags['budget-share'] === undefined) return [];
  const rng = createRng('share');
  const drawn = Array.from({ length: 20_000 }, () => table.row(table.space.sample(rng)).numbers.params);
  drawn.sort((a, b) => a - b);
  return parseTableBudgets([`params<=${drawn[Math.floor(Number(flags['budget-share']) * drawn.length)]}`], table);
}

function open(word) {
  const [kind, seed = '1'] = word.split(':');
  const model = tableModel(kind, Number(seed));
  const raw = kind === 'wide' ? undefined : generateTable(kind, Number(seed), { rungs: rungsOf });
  const table = raw === undefined ? wideTable(model, tableSpace) : parseTable(JSON.stringify(raw), model.name);
  return { model, raw, table, budgets: budgetsOf(table) };
}

process.stdout.write(
  `${trials} trials, ${seeds} seeds, ${workers} at once, ${ahead} ahead, load ${loadavg()[0].toFixed(1)}, Node ${process.version}\n`,
);
for (const word of flags.tables.split(',')) {
  const opened = open(word);
  const names = flags.samplers.split(',').filter((name) => name !== '');
  if (flags.pruners) {
    // Each beside whole trials of as much training: what a pruner must beat.
    for (const name of names) {
      ours(opened, name, { pruner: 'none', label: name });
      for (const pruner of ['moasha', 'asha', 'hyperband', 'median']) {
        const { rungs } = ours(opened, name, { pruner, label: `${name} + ${pruner}` });
        ours(opened, name, { pruner: 'none', count: Math.round(rungs / rungsOf), label: `${name}, as many rungs` });
      }
    }
  } else {
    for (const name of names) {
      const label = name === autoSampler ? `auto (${name})` : name;
      ours(opened, name, { label });
      if (name === 'gp' || name === 'predictor') ours(opened, name, { blind: true, label: `${label}, blind` });
    }
  }
  if (flags.peer) peers(opened);
}
if (flags.json) writeFileSync(flags.json, `${JSON.stringify({ trials, seeds, workers, results }, null, 1)}\n`);
