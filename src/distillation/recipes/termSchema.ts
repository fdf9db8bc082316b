import { z } from 'zod';
import { closest } from '../../core/closest.js';
import type { LossEntry } from '../losses/LossEntry.js';
import { losses } from '../losses/registry.js';
import { temperatureRampSchema, weightRampSchema } from '../schedules/ramp.js';

/** What a registry's line needs for its options to be checked. */
interface Described {
  readonly options: z.ZodType;
}

/**
 * Checks that a registry knows a name and that the options are that entry's: issues at `name` and `options.KEY`, so that
 * whoever reads the file can name the line.
 */
export function checkEntry(
  what: string,
  registry: Readonly<Record<string, Described>>,
  given: { readonly name: string; readonly options?: unknown },
  nameKey: string,
  context: z.RefinementCtx,
): void {
  if (!Object.hasOwn(registry, given.name)) {
    const known = Object.keys(registry);
    const near = closest(given.name, known);
    const guess = near === undefined ? '' : `, did you mean "${near}"?`;
    context.addIssue({
      code: 'custom',
      path: [nameKey],
      message: `unknown ${what} "${given.name}"${guess} (known: ${known.join(', ')})`,
    });
    return;
  }
  const checked = registry[given.name].options.safeParse(given.options ?? {});
  for (const issue of checked.error?.issues ?? []) {
    const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]] : issue.path;
    const message = issue.code === 'unrecognized_keys' ? `${what} ${given.name} has no such option` : issue.message;
    context.addIssue({ code: 'custom', path: ['options', ...path], message });
  }
}

/** One weighted term of a recipe or a study file. `none` is a term that is not there. */
export const termSchema = z
  .strictObject({
    loss: z.string().describe('name of the loss, or none'),
    weight: z.number().nonnegative().describe('factor on its value'),
    options: z.record(z.string(), z.unknown()).optional().describe("the loss's own options"),
    schedule: weightRampSchema.optional().describe('factor on the weight over the steps'),
    temperature: temperatureRampSchema.optional().describe("temperature over the steps, instead of the options' own"),
  })
  .superRefine((term, context) => {
    if (term.loss === 'none') return;
    const registry: Readonly<Record<string, LossEntry>> = losses;
    checkEntry('loss', registry, { name: term.loss, options: term.options }, 'loss', context);
    if (term.temperature !== undefined && Object.hasOwn(registry, term.loss) && !registry[term.loss].softened) {
      context.addIssue({
        code: 'custom',
        path: ['temperature'],
        message: `loss ${term.loss} has no temperature that could be scheduled`,
      });
    }
  });
export type RecipeTerm = z.infer<typeof termSchema>;
