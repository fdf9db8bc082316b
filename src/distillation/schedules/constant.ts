import { z } from 'zod';
import { parseOptions } from '../parseOptions.js';
import type { ScheduleEntry } from './Schedule.js';

const options = z.strictObject({
  learningRate: z.number().positive().default(1e-3).describe('the learning rate of every step'),
});

export const constant: ScheduleEntry = {
  summary: 'the same learning rate all the time',
  paper: 'none',
  options,
  create(given) {
    const { learningRate } = parseOptions('schedule constant', options, given);
    return () => learningRate;
  },
};
