// What preparing candidates ahead is worth: the same random search with --ahead 0 and 1 in turns, on workers of their own each time.
//   npm run build && npm run bench:ahead -- --results DIR --teacher NAME [--workers 1] [--threads 1] [--trials 12] [--epochs 1]
//     [--train-images 1000] [--validation-images 1000] [--rounds 3] [--space mobile-cnn] [--budget 300KB] [--data fashion-mnist] [--json FILE]
// Of each search: wall seconds from its first proposal to its last trial's end, without opening the workers, and how much of that went
// between a trial's turn to train and its being ready for it; CPU seconds and the most memory of the workers' process (Linux). The students are the same, as the sampler does not learn.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
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
const { settingsOf } = await load('cli/searchSettings.js');
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
const config = settingsOf(undefined, {
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
    const of =
      row.process === undefined ? '' : `; ${row.process.cpu.toFixed(2)} s of CPU, ${row.process.peak.toFixed(0)} MB`;
    console.log(
      `ahead ${ahead}: ${row.seconds.toFixed(2)} s, of which ${row.unready.toFixed(2)} s not ready to train${of}`,
    );
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
    const late = [...turns].map(([number, at]) => Math.max(0, ready.get(number) - at));
    return { seconds, process: workersProcess(), unready: late.reduce((sum, ms) => sum + ms, 0) / 1000 };
  } finally {
    store.close();
    await executor.close();
  }
}

/** CPU seconds and most resident MB of the process that holds the workers, as Linux counts them. */
function workersProcess() {
  try {
    const children = readdirSync('/proc/self/task').flatMap((task) =>
      readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim().split(' '),
    );
    const pid = children.find((child) => child && readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('host.js'));
    if (pid === undefined) return undefined;
    const peak = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1000;
    // After the name in brackets: user and system ticks are the 12th and 13th.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return { cpu: (Number(fields[11]) + Number(fields[12])) / 100, peak };
  } catch {
    return undefined;
  }
}

function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
