import { z } from 'zod';
import type { StudyDefaults } from '../SearchSpace.js';
import type { Cursor } from './Cursor.js';

const rate = z.number('must be a number above 0').positive('must be a number above 0');
const size = z.number('must be a whole number above 1').int('must be a whole number').min(2, 'must be 2 or more');

/**
 * Reads the section `defaults`: how a study trains the space's students where it says nothing of that itself. Optimiser and learning rate come
 * together, as a rate says nothing without its optimiser. Names and options of optimisers are checked where a study takes them over.
 */
export function readDefaults(section: Cursor): StudyDefaults {
  const parts = new Map(section.entries(['optimiser', 'learningRate', 'batchSize']));
  const [optimiserAt, rateAt, sizeAt] = ['optimiser', 'learningRate', 'batchSize'].map((key) => parts.get(key));
  if (optimiserAt === undefined || rateAt === undefined) {
    throw section.error('defaults needs an optimiser and its learningRate');
  }
  const fields = new Map(optimiserAt.entries(['name', 'options']));
  const name = fields.get('name');
  if (name === undefined) throw optimiserAt.error('name is missing');
  const options = fields.get('options')?.entries();
  return {
    optimiser: {
      name: name.text(),
      ...(options === undefined ? {} : { options: Object.fromEntries(options.map(([key, at]) => [key, at.data()])) }),
    },
    learningRate: checked(rateAt, rate),
    ...(sizeAt === undefined ? {} : { batchSize: checked(sizeAt, size) }),
  };
}

function checked<T>(at: Cursor, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(at.scalar());
  if (!parsed.success) throw at.error(parsed.error.issues[0].message);
  return parsed.data;
}
