import { z } from 'zod';
import { definePruner } from './definePruner.js';

/** Every trial trains to its end. */
export const none = definePruner({
  name: 'none',
  summary: 'every trial trains to its end',
  options: z.strictObject({}),
  create: () => ({ decide: () => 'continue', mayStop: () => false, record: () => undefined }),
});
