import { formatMilliseconds } from '../core/units.js';
import { calibrate } from '../devices/calibrate.js';
import { saveDevice } from '../devices/deviceFiles.js';
import type { MeasuredProfile } from '../devices/DeviceProfile.js';
import type { SearchSpace } from '../spaces/SearchSpace.js';
import type { Io } from './Io.js';
import { resultPaths } from './paths.js';

/** Models that a machine is measured with: about a minute, and an error that more models hardly lower. */
export const calibratingModels = 250;

export interface MeasureOptions {
  readonly name: string;
  readonly threads?: number;
  readonly batch?: number;
  readonly models?: number;
  readonly spaces?: readonly SearchSpace[];
  readonly signal?: AbortSignal;
}

/** Measures this machine and saves its profile. */
export async function measureDevice(
  io: Io,
  options: MeasureOptions,
): Promise<{ profile: MeasuredProfile; file: string }> {
  const { name, threads = 1, batch = 1, models = calibratingModels, spaces, signal } = options;
  const profile = await calibrate({ threads, batch, models, spaces, signal }, io.progress);
  const file = saveDevice(name, profile, resultPaths(io.resultsDir).devices);
  const { repeated, disturbed } = profile.load;
  if (disturbed > 0.05 * models) {
    io.progress.warn(
      `the machine was busy: ${repeated} timings were repeated, ${disturbed} of ${models} stayed disturbed; measure again on an idle machine`,
    );
  }
  return { profile, file };
}

/** One line: how good the predictions are. */
export function describeError({ error }: MeasuredProfile): string {
  const percent = (share: number) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
  return `prediction of models left out of the fit (${error.models}): ${percent(error.within10)} within 10 %, median error ${percent(error.median)}, Kendall tau ${error.tau.toFixed(3)}`;
}

/** What was measured, in a few lines. */
export function describeMeasured(profile: MeasuredProfile): string {
  const { machine, threads, batch, measuredAt, load, referenceMs } = profile;
  return [
    `${machine.cpu} (${machine.platform} ${machine.arch}), ${machine.runtime}, ${threads} thread${threads === 1 ? '' : 's'}, batch ${batch}`,
    `measured ${new Date(measuredAt).toISOString().slice(0, 16).replace('T', ' ')} UTC, reference model ${formatMilliseconds(referenceMs)}, ${load.repeated} timings repeated, ${load.disturbed} stayed disturbed`,
    describeError(profile),
  ].join('\n');
}
