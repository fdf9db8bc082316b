import { NasDistillError } from '../core/errors.js';
import { costObjective, localDevice, parseTargets, type DeviceTarget } from '../costs/budgets.js';
import type { Budget, CostName } from '../costs/CostModel.js';
import { parseObjectives, type AskedObjective } from './parseObjectives.js';
import type { StudyConfig } from './StudyConfig.js';

/** What a study's settings say about costs. */
export interface StudyTargets {
  readonly budgets: readonly Budget[];
  /** Devices whose latency is a cost. */
  readonly targets: readonly DeviceTarget[];
  /** The costs that are minimised beside the accuracy; the first is the one that pictures and tables stand on. */
  readonly costs: readonly CostName[];
}

/**
 * Budgets, devices and the costs that are minimised: `objective` if the study says it, else its first budget's, else the
 * latency of its first device, else bytes. A device that an objective names is one of the study's.
 * @throws NasDistillError BUDGET_SYNTAX; CONFIG for objectives that are none
 */
export function studyTargets(config: Pick<StudyConfig, 'budgets' | 'devices' | 'objective'>): StudyTargets {
  const asked = config.objective === undefined ? [] : parseObjectives(config.objective);
  const named = asked.flatMap((objective) => ('device' in objective ? (objective.device ?? []) : []));
  const none = config.devices.length === 0 && named.length === 0 && config.budgets.every((text) => !/:/.test(text));
  const local = none && asked.some(({ metric }) => metric === 'latency') ? [localDevice] : [];
  const { budgets, targets } = parseTargets(config.budgets, [...config.devices, ...named, ...local]);
  const costs = asked.map((objective) => nameOf(objective, targets));
  const twice = costs.find((name, i) => costs.indexOf(name) < i);
  if (twice !== undefined) {
    throw new NasDistillError('CONFIG', `objective "${twice}" is given twice`, { hint: 'Give each once.' });
  }
  return { budgets, targets, costs: costs.length > 0 ? costs : [costObjective(budgets, targets)] };
}

/** A latency is called `latency` where the study has one device, and by its device's name where it has several. */
function nameOf(objective: AskedObjective, targets: readonly DeviceTarget[]): CostName {
  if (objective.metric !== 'latency') return objective.metric;
  const { device } = objective;
  const found = targets.find(({ name }) => (device === undefined ? targets.length === 1 : name === device));
  if (found !== undefined) return found.metric;
  const names = targets.map(({ name }) => `latency@${name}`);
  throw new NasDistillError('CONFIG', 'objective "latency" does not say of which device', {
    hint: `Write one or several of ${names.join(', ')}.`,
  });
}
