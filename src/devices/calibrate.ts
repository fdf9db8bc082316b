import { NasDistillError } from '../core/errors.js';
import { createRng } from '../core/rng.js';
import type { Progress } from '../core/progress.js';
import type { SearchSpace } from '../spaces/SearchSpace.js';
import { calibrationModels } from './calibrationModels.js';
import { profileFormat, type MeasuredProfile } from './DeviceProfile.js';
import { featureVersion } from './features.js';
import { crossValidate, fitLatency, type MeasuredModel } from './fitLatency.js';
import { thisMachine } from './machine.js';
import { openQuietTimer } from './quietTimer.js';

export interface CalibrationOptions {
  readonly threads: number;
  readonly batch: number;
  readonly models: number;
  /** Spaces of the user's own, measured beside the shipped ones. */
  readonly spaces?: readonly SearchSpace[];
  readonly signal?: AbortSignal;
}

/**
 * Times models on this machine and fits the times of their layers: about a quarter of a second a model.
 * @throws NasDistillError INTERRUPTED
 */
export async function calibrate(options: CalibrationOptions, progress: Progress): Promise<MeasuredProfile> {
  const { threads, batch, signal } = options;
  const specs = calibrationModels(options.models, createRng('device'), options.spaces);
  const timer = await openQuietTimer({ threads, batch });
  const bar = progress.start('timing models', specs.length);
  const models: MeasuredModel[] = [];
  let repeated = 0;
  let disturbed = 0;
  try {
    for (const spec of specs) {
      if (signal?.aborted === true) throw new NasDistillError('INTERRUPTED', 'interrupted: nothing was saved');
      const timing = await timer.time(spec);
      if (timing.repeats > 0) repeated++;
      if (timing.disturbed) disturbed++;
      models.push({ spec, ms: timing.median });
      bar.update(models.length);
    }
    const machine = thisMachine();
    return {
      format: profileFormat,
      kind: 'measured',
      class: 'cpu',
      title: `${machine.cpu}, ${machine.runtime}`,
      threads,
      batch,
      features: featureVersion,
      machine,
      measuredAt: Date.now(),
      referenceMs: timer.reference(),
      times: fitLatency(models),
      error: crossValidate(models),
      load: { repeated, disturbed },
    };
  } finally {
    bar.end();
    await timer.release();
  }
}
