// One training of bench:methods: what a method means for a pair, the student that is trained, and what is kept of it.
import { methods } from './methodsList.mjs';
import { pairs, students } from './methodsPairs.mjs';
import { load, trainingWith } from './students.mjs';

const { createRng } = await load('core/rng.js');
const { loadSpace, readSpace } = await load('spaces/loadSpace.js');
const { parseSpace } = await load('spaces/parseSpace.js');
const { randomFeeds } = await load('distillation/randomFeeds.js');
const { createTrainingStep } = await load('distillation/trainingStep.js');

export const noiseTap = 'noise';

/** The training of a method in a pair: a study's without a recipe, but for what the method says. */
export function configOf(pair, method, base) {
  const { losses, stages, set = {} } = methods[method];
  const { taps } = pairs[pair];
  const own = (part) => (typeof part === 'function' ? part(taps) : part);
  const planned = own(stages);
  const training = { ...trainingWith(own(losses) ?? planned.flatMap((stage) => stage.losses), base), ...set };
  if (planned === undefined) return training;
  const { optimiser, learningRate, schedule } = training;
  return { ...training, stages: planned.map((stage) => ({ optimiser, learningRate, schedule, ...stage })) };
}

/** The student that a method trains in a pair. */
export function studentOf(pair, method, context) {
  const { space, width, reference = {} } = students[methods[method].student] ?? pairs[pair];
  if (Object.keys(reference).length === 0) return loadSpace(space).baseline(width, context);
  const { path, text } = readSpace(space);
  const changed = Object.entries(reference).reduce((all, [choice, value]) => {
    const line = new RegExp(`^  ${choice.replace('.', '\\.')}: .*\n`, 'm');
    if (!line.test(all)) throw new Error(`${path}: its reference has no ${choice}`);
    return all.replace(line, value === null ? '' : `  ${choice}: ${value}\n`);
  }, text);
  return parseSpace(changed, path).baseline(width, context);
}

/** Answers with one tap more, of the same shape as another: seeded noise of mean 0 and variance 1. */
export function withNoise(answers, like) {
  const { shape, data } = answers.taps[like];
  const rng = createRng('methods/noise');
  const noise = Float32Array.from({ length: data.length }, () => rng.normal());
  return { ...answers, taps: { ...answers.taps, [noiseTap]: { shape, data: noise } } };
}

/** How sure the teacher is of the samples that students learn from: mean largest probability and how often it is right. */
export function sureness({ logits, classes, rows }, labels) {
  const temperatures = [1, 2, 4, 8];
  const sums = temperatures.map(() => 0);
  let right = 0;
  const samples = logits.length / classes;
  for (let i = 0; i < samples; i++) {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    const top = row.reduce((best, value, c) => (value > row[best] ? c : best), 0);
    if (top === labels[i % rows]) right++;
    temperatures.forEach((t, k) => {
      sums[k] += 1 / row.reduce((sum, value) => sum + Math.exp((value - row[top]) / t), 0);
    });
  }
  return { right: right / samples, largest: Object.fromEntries(temperatures.map((t, k) => [t, sums[k] / samples])) };
}

/**
 * Trains once. CPU time is that of the steps alone: without compiling (the first three) and evaluating. A training that diverges
 * is a result too.
 */
export async function measured(bench, spec, config, answers, stream) {
  const perEpoch = Math.floor(bench.splits.train.length / config.batchSize);
  const times = [];
  let last;
  let steps = 0;
  try {
    const { metrics } = await bench.train(spec, config, answers, stream, (done) => {
      const now = process.cpuUsage();
      const total = (now.user + now.system) / 1000;
      if (done > 3 && done % perEpoch !== 1 && last !== undefined) times.push(total - last);
      last = total;
      steps = done;
    });
    times.sort((a, b) => a - b);
    const weights = Object.entries(metrics).filter(([name]) => name.startsWith('weight_'));
    const { accuracy, loss } = metrics;
    return { accuracy, loss, stepCpuMs: times[times.length >> 1], ...(weights.length > 0 ? { weights: Object.fromEntries(weights) } : {}) }; // prettier-ignore
  } catch (error) {
    if (error.code !== 'TRIAL_DIVERGED') throw error;
    return { diverged: steps + 1 };
  }
}

/** CPU milliseconds of a plain training step of both networks, in turns. */
export async function stepTimes(bench, student, teacher, base) {
  const open = [];
  for (const spec of [student, teacher]) {
    const rng = createRng('methods/steps');
    const { input, classes } = bench.context;
    const config = trainingWith([{ loss: 'ce', weight: 1 }], base);
    const step = createTrainingStep({ spec, config, batch: base.batch, classes, imageShape: input, teacher: undefined, rng }); // prettier-ignore
    const state = bench.engine.createState(step.state);
    const compiled = await bench.engine.compile(step.step, state.specs, step.feeds);
    open.push({ state, compiled, feeds: randomFeeds(step.feeds, rng), times: [] });
  }
  for (let round = 0; round < 10; round++) {
    for (const { state, compiled, feeds, times } of open) {
      const from = process.cpuUsage();
      await compiled.run(state, feeds);
      const { user, system } = process.cpuUsage(from);
      if (round > 2) times.push((user + system) / 1000);
    }
  }
  const [studentStepMs, teacherStepMs] = open.map(({ state, compiled, times }) => {
    compiled.dispose();
    state.dispose();
    return times.sort((a, b) => a - b)[times.length >> 1];
  });
  return { student: studentStepMs, teacher: teacherStepMs };
}
