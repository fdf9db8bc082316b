import { NasDistillError } from '../../core/errors.js';
import type { Phase } from '../TrainingConfig.js';
import { schedules } from './registry.js';
import type { Schedule, ScheduleEntry } from './Schedule.js';

/** The learning-rate schedule of a phase. @throws NasDistillError CONFIG */
export function openSchedule({ schedule, learningRate }: Pick<Phase, 'schedule' | 'learningRate'>): Schedule {
  const registry: Record<string, ScheduleEntry> = schedules;
  const { name, options } = schedule;
  if (!Object.hasOwn(registry, name)) {
    throw new NasDistillError('CONFIG', `unknown schedule "${name}"`, {
      hint: `Known: ${Object.keys(schedules).join(', ')}.`,
    });
  }
  return registry[name].create({ learningRate, ...options });
}
