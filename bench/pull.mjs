// Whom soft targets pull at: the mean length of the gradient with respect to a student's logits, on training images that it
// already gets right and on those that it gets wrong, for the labels and for kd at several temperatures. The student learnt
// from the labels alone, briefly, as the controls of bench:methods do. Explains what docs/methods.md measures of kd.
//   npm run build && node bench/pull.mjs --teacher NAME [--pair vit-cnn] [--epochs 1] [--train 6000] [--results results]
import { parseArgs } from 'node:util';
import { configOf, studentOf } from './methodsRuns.mjs';
import { pairs } from './methodsPairs.mjs';
import { load, openStudents, wholeNumber } from './students.mjs';

const { computeNormalisation } = await load('data/normalisation.js');
const { applyModel } = await load('models/applyModel.js');

const { values: flags } = parseArgs({
  options: {
    teacher: { type: 'string' },
    pair: { type: 'string', default: 'vit-cnn' },
    epochs: { type: 'string', default: '1' },
    train: { type: 'string', default: '6000' },
    results: { type: 'string', default: 'results' },
  },
});
if (flags.teacher === undefined) throw new Error('--teacher NAME: one below --results');
const temperatures = [1, 2, 4, 8];
const batch = 250;
const looked = 2000;

const { data } = pairs[flags.pair];
const train = wholeNumber(flags, 'train');
const bench = await openStudents({
  results: flags.results,
  data,
  train,
  validation: 1000,
  views: 2,
  seed: 0,
  threads: 1,
});
const { dataset, splits, context, engine } = bench;
const teacher = await bench.openTeacher(flags.teacher);
const answers = await bench.answersOf(teacher, [{ loss: 'kd', weight: 1 }]);
const spec = studentOf(flags.pair, 'none', context);
const config = configOf(flags.pair, 'none', { epochs: wholeNumber(flags, 'epochs'), batch: 64 });
const { variables, metrics } = await bench.train(spec, config, undefined, 'methods/1');

const rows = await answered();
const right = rows.filter(({ own, label }) => top(own) === label);
const wrong = rows.filter(({ own, label }) => top(own) !== label);
const share = right.length / rows.length;
const steps = config.epochs * Math.floor(splits.train.length / config.batchSize);
console.log(`${flags.pair}, teacher ${flags.teacher}, ${steps} steps on labels alone: ${(100 * metrics.accuracy).toFixed(1)} % of validation, ${(100 * share).toFixed(1)} % of ${rows.length} training images`); // prettier-ignore
show('labels', ({ own, label }) => softened(own, 1).map((p, c) => p - (c === label ? 1 : 0)));
for (const t of temperatures) {
  // Of T^2 KL(p_t, p_s) with respect to the student's logits: T (p_s - p_t).
  show(`kd, T ${t}`, ({ own, other }) => {
    const target = softened(other, t);
    return softened(own, t).map((p, c) => t * (p - target[c]));
  });
}
teacher.dispose();
bench.close();

function show(name, gradient) {
  const pull = (list) => list.reduce((sum, row) => sum + Math.hypot(...gradient(row)), 0) / list.length;
  const [easy, hard] = [pull(right), pull(wrong)];
  const spent = (share * easy) / (share * easy + (1 - share) * hard);
  console.log(`${name}: ${easy.toFixed(2)} on what it gets right, ${hard.toFixed(2)} on what it gets wrong; ${(100 * spent).toFixed(0)} % of the pull is on the former`); // prettier-ignore
}

/** Logits of both networks on training images; the teacher's are of a view of the same image, as in training. */
async function answered() {
  const [height, width, channels] = context.input;
  const size = height * width * channels;
  const { mean, std } = computeNormalisation(dataset, splits.train);
  const state = engine.createState(variables);
  const feeds = { image: { shape: [batch, ...context.input], dtype: 'float32' } };
  const forward = (values, { image }) => ({ outputs: { logits: applyModel(spec, values, image, { training: false }).logits } }); // prettier-ignore
  const step = await engine.compile(forward, state.specs, feeds);
  const found = [];
  for (let at = 0; at < looked; at += batch) {
    const pixels = new Float32Array(batch * size);
    for (let k = 0; k < pixels.length; k++) {
      const row = splits.train[at + Math.floor(k / size)];
      const channel = k % channels;
      pixels[k] = (dataset.images[row * size + (k % size)] / 255 - mean[channel]) / std[channel];
    }
    const { logits } = await step.run(state, { image: { ...feeds.image, data: pixels } });
    for (let i = 0; i < batch; i++) {
      const cut = (all, n) => Array.from(all.subarray(n * context.classes, (n + 1) * context.classes));
      found.push({ own: cut(logits.data, i), other: cut(answers.logits, at + i), label: dataset.labels[splits.train[at + i]] }); // prettier-ignore
    }
  }
  step.dispose();
  state.dispose();
  return found;
}

function top(logits) {
  return logits.indexOf(Math.max(...logits));
}

function softened(logits, t) {
  const highest = Math.max(...logits);
  const values = logits.map((z) => Math.exp((z - highest) / t));
  const sum = values.reduce((a, b) => a + b, 0);
  return values.map((value) => value / sum);
}
