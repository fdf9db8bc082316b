// What preparing candidates ahead is worth: the same random search with --ahead 0 and 1 in turns, on workers of their own each time.
//   npm run build && npm run bench:ahead -- --results DIR --teacher NAME [--workers 1] [--threads 1] [--trials 12] [--epochs 1]
//     [--train-images 1000] [--validation-images 1000] [--rounds 3] [--space mobile-cnn] [--budget 300KB] [--data fashion-mnist] [--json FILE]
// Of each search: wall seconds from its first proposal to its last trial's end, without opening the workers, and how much of that went
// between a trial's turn to train and its being ready for it. The students are the same, as the sampler does not learn.
import { writeFileSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createSilentIo } from './openBenchStudy.mjs';
import { wholeNumber } from './students.mjs';

const load = (path) => import(join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', path));
const { openGround, openTeaching } = await load('cli/openStudy.js');
const { createHostExecutor } = await load('executors/createHostExecutor.js');
const { createPruner } = await load('search/createPruner.js');
const { createSampler } = await load('search/createSampler.js');
const { runSearch } = await load('search/runSearch.js');
const { parseStudyConfig } = await load('search/StudyConfig.js');
const { trainingOf } = await load('search/trainingOf.js');
const { openStore } = await load('store/openStore.js');
const { readRecord } = await load('teachers/teacherFiles.js');

const { values: flags } = parseArgs({
  options: {
    results: { type: 'string' },
    teacher: { type: 'string' },
    workers: { type: 'string', default: '1' },
    threads: { type: 'string', default: '1' },
    trials: { type: 'string', default: '12' },
    epochs: { type: 'string', default: '1' },
    'train-images': { type: 'string', default: '1000' },
    'validation-images': { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
    space: { type: 'string', default: 'mobile-cnn' },
    budget: { type: 'string', default: '300KB' },
    data: { type: 'string', default: 'fashion-mnist' },
    json: { type: 'string' },
  },
});
if (flags.results === undefined || flags.teacher === undefined)
  throw new Error('give --results DIR and --teacher NAME');
const [workers, threads, rounds] = ['workers', 'threads', 'rounds'].map((name) => wholeNumber(flags, name));
const io = createSilentIo(flags.results);
const config = parseStudyConfig({
  ...{ space: flags.space, data: flags.data, budgets: [flags.budget], workers, threads, baselineWidths: [] },
  ...{ sampler: 'random', pruner: 'none', trials: wholeNumber(flags, 'trials'), epochs: wholeNumber(flags, 'epochs') },
  ...{ trainImages: wholeNumber(flags, 'train-images'), validationImages: wholeNumber(flags, 'validation-images') },
});
const ground = await openGround(io, config);
const taught = await openTeaching(io, ground, readRecord(join(flags.results, 'teachers'), flags.teacher));

const rows = [];
for (let round = 0; round < rounds; round++) {
  // The order changes from round to round.
  for (const ahead of round % 2 === 0 ? [0, 1] : [1, 0]) {
    const row = { ahead, ...(await search(ahead)) };
    rows.push(row);
    console.log(`ahead ${ahead}: ${row.seconds.toFixed(2)} s, of which ${row.unready.toFixed(2)} s not ready to train`);
  }
}
const secondsOf = (ahead) => rows.filter((row) => row.ahead === ahead).map(({ seconds }) => seconds);
const ratios = secondsOf(0).map((seconds, round) => seconds / secondsOf(1)[round]);
console.log(
  `${config.trials} trials, ${workers} worker(s) x ${threads} thread(s): ahead 0 ${median(secondsOf(0)).toFixed(2)} s, ` +
    `ahead 1 ${median(secondsOf(1)).toFixed(2)} s (medians of ${rounds}); ` +
    `ratio ${median(ratios).toFixed(3)} (${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)})`,
);
if (flags.json) writeFileSync(flags.json, `${JSON.stringify({ flags, rows }, null, 1)}\n`);

/** One search of its own. */
async function search(ahead) {
  const { engine, data } = taught;
  const executor = await createHostExecutor({ workers, ahead, engine: engine.name, threadsPerWorker: threads, data });
  const store = openStore(':memory:');
  try {
    store.createStudy({ name: 'bench', settings: {}, facts: {} });
    const { space, budgets, costs, builder } = ground;
    const seen = new Set();
    const turns = new Map();
    const ready = new Map();
    const begun = performance.now();
    const { trials } = await runSearch({
      ...{ study: 'bench', config, space, store, executor, budgets, costs, seen },
      ...createSampler({ config, space, budgets, costs, builder, seen }),
      pruner: createPruner('none', {}, config.epochs),
      build: builder.build,
      baseline: builder.baseline,
      training: (chosen) => trainingOf(config, chosen),
      events: {
        started: ({ number }) => turns.set(number, performance.now()),
        prepared: ({ number }) => ready.set(number, performance.now()),
      },
    });
    const seconds = (performance.now() - begun) / 1000;
    const failed = trials.find(({ state }) => state !== 'COMPLETE');
    if (failed !== undefined) throw new Error(`trial ${failed.number} is ${failed.state}: ${failed.reason}`);
    const pid = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').at(-1);
    const tasks = readdirSync(`/proc/${pid}/task`).map((t) => {
      const [cpu, wait] = readFileSync(`/proc/${pid}/task/${t}/schedstat`, 'utf8').split(' ').map(Number);
      const st = readFileSync(`/proc/${pid}/task/${t}/stat`, 'utf8').split(') ')[1].split(' ');
      return { comm: readFileSync(`/proc/${pid}/task/${t}/comm`, 'utf8').trim(), cpu: cpu / 1e9, wait: wait / 1e9, minflt: +st[7], utime: +st[11], stime: +st[12] };
    }).filter((t) => t.cpu > 0.02).sort((a, b) => b.cpu - a.cpu);
    for (const t of tasks) console.log('   ', t.comm, 'cpu', t.cpu.toFixed(2), 'wait', t.wait.toFixed(2), 'minflt', t.minflt, 'u', t.utime, 's', t.stime);
    const ends = trials.map((t) => t.finishedAt);
    const pure = trials.map((t) => t.finishedAt - t.startedAt - Math.max(0, ready.get(t.number) - turns.get(t.number)));
    console.log('    training', pure.map((x) => x.toFixed(0)).join(' '), 'sum', pure.reduce((a, b) => a + b, 0).toFixed(0));
    console.log('    elapsed', trials.map((t) => t.rungs[0].elapsedMs.toFixed(0)).join(' '));
    const late = [...turns].map(([number, at]) => Math.max(0, ready.get(number) - at));
    return { seconds, unready: late.reduce((sum, ms) => sum + ms, 0) / 1000 };
  } finally {
    store.close();
    await executor.close();
  }
}

function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
