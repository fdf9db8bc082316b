import { NasDistillError } from '../core/errors.js';
import { createRng } from '../core/rng.js';
import type { Progress } from '../core/progress.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import type { SearchSpace } from '../spaces/SearchSpace.js';
import { calibrationModels } from './calibrationModels.js';
import { profileFormat, type MeasuredProfile } from './DeviceProfile.js';
import { featureVersion } from './features.js';
import { crossValidate, fitLatency, type MeasuredModel } from './fitLatency.js';
import { thisMachine } from './machine.js';
import { openQuietTimer, type QuietTiming } from './quietTimer.js';

/** Disturbed timings are repeated in this many rounds, as long as all takes at most twice the first, and three minutes. */
const mostRounds = 3;
const mostMs = 180_000;

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
  const timings: QuietTiming[] = [];
  const started = performance.now();
  let repeated = 0;
  try {
    for (const spec of specs) {
      timings.push(await next(spec));
      bar.update(timings.length);
    }
    // What was disturbed gets other moments: all others pass between two tries.
    const until = Math.min(started + mostMs, 2 * performance.now() - started);
    for (let round = 0; round < mostRounds; round++) {
      for (const [i, before] of timings.entries()) {
        if (!before.disturbed || performance.now() > until) continue;
        const again = await next(specs[i]);
        repeated++;
        if (!again.disturbed || again.median < before.median) timings[i] = again;
      }
    }
    const models = specs.map((spec, i): MeasuredModel => ({ spec, ms: timings[i].median }));
    const disturbed = timings.filter((timing) => timing.disturbed).length;
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

  function next(spec: ModelSpec): Promise<QuietTiming> {
    if (signal?.aborted === true) throw new NasDistillError('INTERRUPTED', 'interrupted: nothing was saved');
    return timer.time(spec, 0);
  }
}
