import { NasDistillError } from '../core/errors.js';
import { closest } from '../core/closest.js';
import { costObjective, localDevice, parseTargets, type DeviceTarget } from '../costs/budgets.js';
import { costNames, isLatency, type Budget, type CostName } from '../costs/CostModel.js';
import type { StudyConfig } from './StudyConfig.js';

/** What a study's settings say about costs. */
export interface StudyTargets {
  readonly budgets: readonly Budget[];
  /** Devices whose latency is a cost. */
  readonly targets: readonly DeviceTarget[];
  /** The cost that is minimised beside the accuracy. */
  readonly cost: CostName;
}

/**
 * Budgets, devices and the cost that is minimised: `objective` if the study says it, else its first budget's, else the
 * latency of its first device, else bytes.
 * @throws NasDistillError BUDGET_SYNTAX; CONFIG for an objective that is none of the study's costs
 */
export function studyTargets(config: Pick<StudyConfig, 'budgets' | 'devices' | 'objective'>): StudyTargets {
  const { objective } = config;
  const none = config.devices.length === 0 && config.budgets.every((text) => !/:/.test(text));
  const devices = objective === 'latency' && none ? [localDevice] : config.devices;
  const { budgets, targets } = parseTargets(config.budgets, devices);
  const known: readonly CostName[] = [...costNames, ...targets.map(({ metric }) => metric)];
  const asked = known.find((name) => name === objective);
  if (objective !== undefined && asked === undefined) {
    const near = closest(objective, [...known]);
    throw new NasDistillError('CONFIG', `objective "${objective}" is none of the study's costs`, {
      hint: `${near === undefined ? '' : `Did you mean ${near}? `}They are: ${known.join(', ')}${
        targets.some(({ metric }) => isLatency(metric)) ? '' : '; with --device also latency'
      }.`,
    });
  }
  return { budgets, targets, cost: costObjective(budgets, targets, asked) };
}
