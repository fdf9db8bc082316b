// How long a search takes to the front of another that trained every candidate in full: the hypervolume after each trial, against
// the training time (as the store has it) and the multiply-accumulates of all training passes (which no busy machine disturbs).
//   npm run build && npm run bench:time-to-front -- --results DIR --reference STUDY --studies STUDY,... [--json FILE]
// All studies must train their complete trials alike: the same data, images, losses, epochs and budget. Then a complete trial's
// accuracy is one of full training; what a pruner ended counts as time spent, and as nothing else.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { boxOf, corners, volumeOf } from './fronts.mjs';
import { createSilentIo, openBenchGround, openStoreOf } from './openBenchStudy.mjs';

const { values: flags } = parseArgs({
  options: {
    results: { type: 'string' },
    reference: { type: 'string' },
    studies: { type: 'string' },
    json: { type: 'string' },
  },
});
if (flags.results === undefined || flags.reference === undefined || flags.studies === undefined)
  throw new Error('give --results DIR, --reference STUDY and --studies STUDY,...');
const io = createSilentIo(flags.results);
const names = [flags.reference, ...flags.studies.split(',')];
const { ground, config } = await openBenchGround(io, flags.reference);
const box = boxOf(ground);
const alike = [
  'space',
  'data',
  'budgets',
  'teacher',
  'epochs',
  'trainImages',
  'validationImages',
  'batchSize',
  'losses',
];
const store = openStoreOf(io);
const arms = names.map((name) => {
  const other = store.study(name)?.settings ?? {};
  const differs = alike.find((key) => JSON.stringify(other[key]) !== JSON.stringify(config[key]));
  if (differs !== undefined)
    throw new Error(`study ${name} has ${differs} ${JSON.stringify(other[differs])}, ${flags.reference} ${JSON.stringify(config[differs])}`); // prettier-ignore
  const trials = store.trials(name).filter(({ origin, rungs }) => origin !== 'baseline' && rungs.length > 0);
  trials.sort((a, b) => (a.finishedAt ?? Infinity) - (b.finishedAt ?? Infinity));
  let [seconds, epochs, macs] = [0, 0, 0];
  const complete = [];
  const steps = trials.map((trial) => {
    const last = trial.rungs.at(-1);
    seconds += last.elapsedMs / 1000;
    epochs += last.epoch;
    // Forward and backward: three passes; the validation images after each epoch: one.
    macs += last.epoch * (3 * config.trainImages + config.validationImages) * trial.costs.macs;
    if (trial.state === 'COMPLETE') complete.push({ cost: trial.costs[ground.cost], accuracy: trial.metrics.accuracy });
    return {
      trial: trial.number,
      seconds,
      epochs,
      gmacs: macs / 1e9,
      volumes: corners.map((corner) => volumeOf(complete, box, corner)),
    };
  });
  return {
    name,
    trials: trials.length,
    complete: complete.length,
    best: Math.max(...complete.map((c) => c.accuracy)),
    steps,
  };
});
store.close();

const goal = arms[0].steps.at(-1);
const share = (step, of) => `${((100 * step[of]) / goal[of]).toFixed(0)} %`;
for (const arm of arms) {
  const end = arm.steps.at(-1);
  process.stdout.write(
    `${arm.name}: ${arm.trials} trials, ${arm.complete} complete, ${end.epochs} epochs, ${end.seconds.toFixed(0)} s of training, ` +
      `${end.gmacs.toFixed(0)} GMACs, best ${(100 * arm.best).toFixed(2)} %, hypervolume ${end.volumes.map((v) => v.toFixed(4)).join(' / ')}\n`,
  );
  if (arm === arms[0]) continue;
  arm.reached = corners.map((corner, k) => arm.steps.find(({ volumes }) => volumes[k] >= goal.volumes[k]));
  corners.forEach((corner, k) => {
    const step = arm.reached[k];
    process.stdout.write(
      step === undefined
        ? `  corner at error ${corner}: not reached\n`
        : `  corner at error ${corner}: reached after trial ${step.trial}: ${share(step, 'epochs')} of the epochs, ` +
            `${share(step, 'seconds')} of the training time, ${share(step, 'gmacs')} of the multiply-accumulates\n`,
    );
  });
}
if (flags.json) writeFileSync(flags.json, `${JSON.stringify({ flags, box, corners, arms }, null, 1)}\n`);
