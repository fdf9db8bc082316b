import { expect, it } from 'vitest';
import type { Task } from '../../src/tasks/Task.js';
import { tasks } from '../../src/tasks/registry.js';

it.each(Object.entries<Task>(tasks))('%s ranks by one of its own metrics', (name, task) => {
  expect(task.name).toBe(name);
  expect(Object.keys(task.metrics)).toContain(task.objective);
});
