import { constant } from './constant.js';
import type { ScheduleEntry } from './Schedule.js';
import { warmupCosine } from './warmupCosine.js';

/** Every learning-rate schedule by its name in a study file. */
export const schedules = { 'warmup-cosine': warmupCosine, constant } satisfies Record<string, ScheduleEntry>;
export type ScheduleName = keyof typeof schedules;
