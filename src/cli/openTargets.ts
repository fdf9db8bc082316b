import { digestOf } from '../core/digest.js';
import { NasDistillError } from '../core/errors.js';
import { localDevice, type DeviceTarget } from '../costs/budgets.js';
import { cannotRun, type Budget, type Latencies, type WeightFormat } from '../costs/CostModel.js';
import { createPredictor, type LatencyPredictor } from '../devices/createPredictor.js';
import { isKnownDevice, loadDevice } from '../devices/deviceFiles.js';
import type { DeviceProfile } from '../devices/DeviceProfile.js';
import { isThisMachine } from '../devices/machine.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import type { FeasibilityProfile } from '../spaces/feasibility/feasibilityProfile.js';
import type { Io } from './Io.js';
import { describeError, measureDevice } from './measureDevice.js';
import { resultPaths } from './paths.js';

/** A device that a study aims at, ready to be asked. */
export interface StudyTarget extends DeviceTarget {
  readonly profile: DeviceProfile;
  readonly predictor: LatencyPredictor;
  /** It is this machine: its predictions can be checked by measurements. */
  readonly here: boolean;
}

/**
 * Loads the profile of every device that the study aims at; this machine is measured first if it never was.
 * @throws NasDistillError NOT_FOUND, CONFIG, INFEASIBLE for weights that a device cannot compute with
 */
export async function openTargets(
  io: Io,
  targets: readonly DeviceTarget[],
  weights: WeightFormat,
): Promise<StudyTarget[]> {
  const { devices } = resultPaths(io.resultsDir);
  const opened: StudyTarget[] = [];
  for (const target of targets) {
    const { name } = target;
    if (name === localDevice && !isKnownDevice(name, devices)) {
      io.progress.info('this machine was not measured yet (nas-distill device measure): about a minute, once');
      await measureDevice(io, { name });
    }
    const profile = loadDevice(name, devices);
    const here = isThisMachine(profile);
    if (name === localDevice && !here && profile.kind === 'measured') {
      const { cpu, runtime } = profile.machine;
      throw new NasDistillError('CONFIG', `device ${name} was measured on another machine (${cpu}, ${runtime})`, {
        hint: 'Measure this one: nas-distill device measure; or keep that profile under a name of its own.',
      });
    }
    io.progress.info(
      `device ${name}: ${profile.title}${profile.kind === 'measured' ? `; ${describeError(profile)}` : ' (roofline of public figures)'}`,
    );
    opened.push({ ...target, profile, predictor: createPredictor(name, profile, weights), here });
  }
  return opened;
}

/** The latency on every device. */
export function latenciesOf(targets: readonly StudyTarget[]): (spec: ModelSpec) => Latencies {
  return (spec) => Object.fromEntries(targets.map(({ metric, predictor }) => [metric, predictor.predict(spec)]));
}

/** For each device without a budget: what it cannot run does not fit, whatever it takes. */
export function abilityLimits(targets: readonly StudyTarget[], budgets: readonly Budget[]): Budget[] {
  return targets
    .filter(({ metric }) => budgets.every((budget) => budget.metric !== metric))
    .map(({ name, metric }) => ({ metric, limit: cannotRun / 2, text: `what ${name} can run` }));
}

/** @throws NasDistillError INFEASIBLE if a device runs no architecture of the space, naming what it has no kernel for */
export function requireAble(
  targets: readonly StudyTarget[],
  profile: FeasibilityProfile,
  nearest: ModelSpec,
  space: string,
): void {
  for (const { name, metric, predictor } of targets) {
    if (profile.costs[metric].smallest < cannotRun) continue;
    const missing = predictor.unsupported(nearest);
    throw new NasDistillError(
      'INFEASIBLE',
      `device ${name} runs no architecture of ${space}: it has no ${missing.join(', ')}`,
      {
        hint: 'Choose a space without them, or another device: nas-distill device list',
      },
    );
  }
}

/** What a study remembers of its devices. */
export function targetFacts(targets: readonly StudyTarget[]): Record<string, unknown> {
  if (targets.length === 0) return {};
  return {
    devices: targets.map(({ name, metric, profile, here }) => ({
      name,
      metric,
      title: profile.title,
      kind: profile.kind,
      here,
      ...(profile.kind === 'measured' ? { error: profile.error } : {}),
    })),
    deviceDigest: digestOf(targets.map(({ name, profile }) => [name, profile])),
  };
}
