import { messageOf } from '../../core/errors.js';
import { machineMemory } from '../../core/machineMemory.js';
import { chooseEngine } from '../../engines/registry.js';
import type { StepWork } from '../../executors/parallelism/StepWork.js';
import { timeSettings } from '../../executors/parallelism/timeSettings.js';
import { bestSetting, mostWorkers, workerSettings } from '../../executors/parallelism/WorkerSetting.js';
import { openSettings } from '../searchSettings.js';
import { trainingOf } from '../../search/trainingOf.js';
import { describeSetting } from '../chooseWorkers.js';
import { cores } from '../flags.js';
import type { Finding } from './Check.js';

/** Training steps in a second of the default study's reference student, for each way to share the cores out; nothing is kept. */
export async function checkWorkers(): Promise<Finding[]> {
  const what = 'workers';
  const memory = 0.9 * machineMemory();
  const settings = workerSettings(cores(), mostWorkers({ cores: cores(), memory, trials: Infinity }));
  if (settings.length === 1)
    return [{ state: 'ok', what, found: `${describeSetting(settings[0])}: there is one core` }];
  try {
    const { name: engine } = await chooseEngine('auto');
    const { timed, disturbed } = await timeSettings({ engine, work: defaultWork(), settings, cores: cores(), memory });
    const best = bestSetting(timed);
    const rates = timed.map((one) => `${describeSetting(one)}: ${one.stepsPerSecond.toFixed(1)} steps/s`);
    const gain = (best.stepsPerSecond / timed[0].stepsPerSecond).toFixed(1);
    const found = `${rates.join(', ')}; best is ${describeSetting(best)}, ${gain} times one`;
    if (!disturbed) return [{ state: 'ok', what, found }];
    return [
      { state: 'note', what, found, hint: 'Other work kept the cores busy meanwhile: another time may say otherwise.' },
    ];
  } catch (error) {
    return [{ state: 'fault', what, found: messageOf(error), hint: 'See: nas-distill engine doctor' }];
  }
}

/** On images of 28x28 in 10 classes, as the default data has. */
function defaultWork(): StepWork {
  const { config, space } = openSettings(undefined, {});
  return {
    spec: space.toModelSpec(space.reference, { input: [28, 28, 1], classes: 10 }),
    training: trainingOf(config),
    batch: config.batchSize,
    classes: 10,
    mixed: false,
    teacher: { classes: 10, taps: {} },
  };
}
