// How well latency is predicted on this machine: random architectures of the shipped spaces of images, none of which the
// profile was fitted to (their seed differs), predicted from the architecture alone and timed as exported ONNX models.
//   npm run build && npm run bench:latency -- [--profile results/devices/local.json] [--architectures 50] [--seed 1]
//     [--input 28,28,1] [--device phone] [--json FILE]
// Without --profile the machine is measured first (about a minute; --models 250). --device adds what a roofline of public
// figures says about the same architectures. Target: 80 % within 10 %, Kendall tau 0.9.
import { existsSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const dist = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist');
if (!existsSync(join(dist, 'devices', 'calibrate.js'))) throw new Error('not built yet: npm run build');
const load = (path) => import(join(dist, path));
const { createRng } = await load('core/rng.js');
const { silent } = await load('core/progress.js');
const { calibrate } = await load('devices/calibrate.js');
const { calibratingSpaces } = await load('devices/calibrationModels.js');
const { createPredictor } = await load('devices/createPredictor.js');
const { loadDevice, readProfile } = await load('devices/deviceFiles.js');
const { predictionError } = await load('devices/fitLatency.js');
const { openQuietTimer } = await load('devices/quietTimer.js');
const { loadSpace } = await load('spaces/loadSpace.js');

const { values: flags } = parseArgs({
  options: {
    profile: { type: 'string' },
    models: { type: 'string', default: '250' },
    architectures: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    input: { type: 'string', default: '28,28,1' },
    device: { type: 'string', multiple: true, default: [] },
    json: { type: 'string' },
  },
});
const input = flags.input.split(',').map(Number);
const profile = flags.profile
  ? readProfile(flags.profile)
  : await calibrate({ threads: 1, batch: 1, models: Number(flags.models) }, silent);
console.log(
  `${profile.title}; fit ${describe(profile.error)}; timings repeated ${profile.load.repeated}, disturbed ${profile.load.disturbed}; load ${loadavg()[0].toFixed(1)}`,
);

const { predict } = createPredictor('local', profile, 'float32');
const others = flags.device.map((name) => ({ name, ...createPredictor(name, loadDevice(name, ''), 'float32') }));
const timer = await openQuietTimer(profile, profile.referenceMs);
const rows = [];
for (let i = 0; i < Number(flags.architectures); i++) {
  const name = calibratingSpaces[i % calibratingSpaces.length];
  const space = loadSpace(name);
  const spec = space.toModelSpec(space.sample(createRng(`bench/${flags.seed}/${i}`)), { input, classes: 10 });
  const from = performance.now();
  const predicted = predict(spec);
  const askMs = performance.now() - from;
  const { median, disturbed } = await timer.time(spec);
  rows.push({ space: name, predicted, measured: median, disturbed, askMs, others: others.map((o) => o.predict(spec)) });
}
await timer.release();

const results = [report('all', rows), ...calibratingSpaces.map((name) => report(name, ofSpace(name)))];
others.forEach(({ name }, k) => {
  // Another machine is faster or slower: of its figures only the order and the ratio's spread can be checked here.
  const ratio = median(rows.map((row) => row.others[k] / row.measured));
  const scaled = rows.map((row) => ({ ...row, predicted: row.others[k] / ratio }));
  results.push(report(`${name} / ${ratio.toFixed(2)}`, scaled));
});
const slowest = median(rows.map((row) => row.askMs));
console.log(`a prediction takes ${slowest.toFixed(3)} ms; ${rows.filter((r) => r.disturbed).length} timings disturbed`);
const { within10, tau } = results[0];
console.log(within10 >= 0.8 && tau >= 0.9 ? 'target met' : 'target missed');
if (flags.json) writeFileSync(flags.json, `${JSON.stringify({ profile: profile.error, results, rows }, null, 1)}\n`);

function ofSpace(name) {
  return rows.filter((row) => row.space === name);
}

function report(label, list) {
  const error = predictionError(
    list.map((row) => row.predicted),
    list.map((row) => row.measured),
  );
  const ms = list.map((row) => row.measured);
  console.log(
    `${label.padEnd(18)} ${String(list.length).padStart(3)} architectures, ${Math.min(...ms).toFixed(3)} to ${Math.max(...ms).toFixed(3)} ms: ${describe(error)}`,
  );
  return { label, ...error };
}

function describe({ within10, median: middle, p80, tau }) {
  const percent = (share) => `${(100 * share).toFixed(1)} %`;
  return `${percent(within10)} within 10 %, median ${percent(middle)}, 80th percentile ${percent(p80)}, tau ${tau.toFixed(3)}`;
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
