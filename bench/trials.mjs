// What a trial costs beside its training: ask, build and costs, the store's changes, tell, in studies of many trials.
//   npm run build && npm run bench:trials -- [--sizes 1000,100000] [--samplers random,auto] [--count 30] [--space mobile-cnn]
//     [--budget 300KB] [--json FILE]
// Targets: under 1 ms for the cheap samplers and 20 ms for those with a model at 1,000 trials, and at most twice that at 100,000.
// Without waiting for the disk: its synchronisation is its own speed, not the loop's.
import Database from 'better-sqlite3';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const dist = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist');
if (!existsSync(join(dist, 'search', 'createSampler.js'))) throw new Error('not built yet: npm run build');
const load = (path) => import(join(dist, path));
const { createRng } = await load('core/rng.js');
const { parseBudgets } = await load('costs/budgets.js');
const { candidateBuilder } = await load('search/buildCandidates.js');
const { createSampler } = await load('search/createSampler.js');
const { parseStudyConfig } = await load('search/StudyConfig.js');
const { scaledCost } = await load('search/scaledCost.js');
const { samplers } = await load('samplers/registry.js');
const { loadSpace } = await load('spaces/loadSpace.js');
const { openDatabase } = await load('store/openDatabase.js');
const { sqliteStore } = await load('store/sqliteStore.js');

const { values: flags } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1000,100000' },
    samplers: { type: 'string', default: Object.keys(samplers).join(',') },
    count: { type: 'string', default: '30' },
    space: { type: 'string', default: 'mobile-cnn' },
    budget: { type: 'string', default: '300KB' },
    json: { type: 'string' },
  },
});
/** ms of processor time: other work on the machine does not count. */
const now = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const sizes = flags.sizes.split(',').map(Number);
const space = loadSpace(flags.space);
const builder = candidateBuilder(space, { input: [28, 28, 1], classes: 10 }, 'float32');
const budgets = parseBudgets([flags.budget]);
// As many different architectures as the loop's memory of costs holds; beyond that they come again under other ids.
const pool = Array.from({ length: 3000 }, (_, i) => {
  const architecture = space.sample(createRng(`pool/${i}`));
  return { architecture, costs: builder.costs(architecture) };
});

function filledStore(file, size) {
  const opened = openDatabase(file, false);
  // Waiting for the disk is the disk's speed, not the loop's: 4 changes, each synchronised.
  opened.db.pragma('synchronous = OFF');
  const store = sqliteStore(file, opened);
  store.createStudy({ name: 'a', settings: {}, facts: {} });
  const filler = new Database(file);
  filler.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${size})
    INSERT INTO trials (study_id, number, origin, state, architecture_id, created_at, costs, metrics)
    SELECT 1, i, 'search', 'COMPLETE', 'filler' || i, 1, '{"bytes":1,"params":1,"macs":1,"memory":1}', '{"accuracy":0.5}' FROM n`);
  filler.exec(`INSERT INTO trial_models SELECT id, '{"choices":{}}', '{}' FROM trials`);
  filler.exec('INSERT INTO rungs SELECT id, 1, 5, \'{"accuracy":0.4}\' FROM trials');
  filler.close();
  return store;
}

function measure(name, size, store) {
  const seen = new Set();
  const config = parseStudyConfig({ sampler: name, budgets: [flags.budget], trials: size + Number(flags.count) });
  const { sampler, reseed } = createSampler({ config, space, budgets, costs: ['bytes'], builder, seen });
  const rng = createRng('accuracy');
  const finished = (architecture, id, costs) => {
    const accuracy = 0.7 + 0.05 * Math.log10(costs.params) * rng.uniform();
    const objectives = [1 - accuracy, scaledCost(costs, 'bytes')];
    return { architecture, id, state: 'COMPLETE', objectives, rungs: [objectives], violations: [0] };
  };
  const began = performance.now();
  for (let i = 0; i < size; i++) {
    const { architecture, costs } = pool[i % pool.length];
    const id = i < pool.length ? space.id(architecture) : `again${i}`;
    seen.add(id);
    sampler.tell(finished(architecture, id, costs));
  }
  const replayMs = performance.now() - began;
  const parts = { ask: [], build: [], store: [], tell: [], all: [] };
  for (let i = 0; i < Number(flags.count); i++) {
    const t0 = now();
    reseed(`ask/${i}`);
    const architecture = sampler.ask();
    const t1 = now();
    const { spec, costs } = builder.build(architecture);
    const id = space.id(architecture);
    seen.add(id);
    const t2 = now();
    const { number } = store.createTrial('a', {
      origin: 'search',
      architectureId: `${name}${size}${id}`,
      architecture,
      spec,
      costs,
    });
    store.start('a', number, 0);
    store.report('a', number, { epoch: 1, metrics: { accuracy: 0.5 }, elapsedMs: 1 });
    store.finish('a', number, { state: 'COMPLETE', metrics: { accuracy: 0.5 } });
    store.trial('a', number);
    const t3 = now();
    sampler.tell(finished(architecture, id, costs));
    const t4 = now();
    for (const [part, ms] of Object.entries({
      ask: t1 - t0,
      build: t2 - t1,
      store: t3 - t2,
      tell: t4 - t3,
      all: t4 - t0,
    }))
      parts[part].push(ms);
  }
  const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
  return {
    sampler: name,
    trials: size,
    replayMs,
    ...Object.fromEntries(Object.entries(parts).map(([k, v]) => [k, median(v)])),
  };
}

const results = [];
process.stdout.write('sampler        trials   ask ms  build   store   tell   all (medians of processor time)\n');
for (const size of sizes) {
  const directory = mkdtempSync(join(tmpdir(), 'trials-'));
  const store = filledStore(join(directory, 'a.db'), size);
  for (const name of flags.samplers.split(',')) {
    const row = measure(name, size, store);
    results.push(row);
    const cells = [row.ask, row.build, row.store, row.tell, row.all].map((ms) => ms.toFixed(2).padStart(6));
    process.stdout.write(
      `${name.padEnd(14)} ${String(size).padStart(6)}  ${cells.join(' ')}   replay ${(row.replayMs / 1000).toFixed(1)} s\n`,
    );
  }
  store.close();
  rmSync(directory, { recursive: true });
}
if (flags.json !== undefined) writeFileSync(flags.json, JSON.stringify(results, undefined, 2));
