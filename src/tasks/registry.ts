import { classification } from './classification.js';
import type { Task } from './Task.js';

/** Every task by its name. */
export const tasks = { classification } as const satisfies Record<string, Task>;
export type TaskName = keyof typeof tasks;
