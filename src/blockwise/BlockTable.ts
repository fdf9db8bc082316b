import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { atomicWrite } from '../core/atomicWrite.js';
import { digestOf } from '../core/digest.js';
import { NasDistillError } from '../core/errors.js';
import { kendallTau } from '../core/kendallTau.js';
import type { Architecture, ChoiceValue, SearchSpace } from '../spaces/SearchSpace.js';
import { fitAdditive } from './additiveModel.js';
import { choicesOf, keyOf } from './stageModels.js';

const taught = z.object({
  choices: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  error: z.number(),
});
const fileSchema = z.object({
  format: z.literal(1),
  /** Of space, data, teacher and how the blocks were taught. */
  ground: z.string(),
  stages: z.record(z.string(), z.array(taught)),
});
export type TaughtBlock = z.infer<typeof taught>;

/** The errors of all taught blocks of a space, stage by stage, and the score of any architecture that follows. */
export class BlockTable {
  private readonly predictors = new Map<string, (choices: Record<string, ChoiceValue>) => number>();
  private readonly errors = new Map<string, Map<string, number>>();

  constructor(
    private readonly space: Pick<SearchSpace, 'choices'>,
    readonly stages: readonly string[],
    readonly blocks: Readonly<Record<string, readonly TaughtBlock[]>>,
  ) {
    for (const stage of stages) {
      const known = blocks[stage] ?? [];
      if (known.length === 0) throw new NasDistillError('INTERNAL', `${stage}: no block was taught`);
      this.predictors.set(stage, fitAdditive(known));
      this.errors.set(stage, new Map(known.map(({ choices, error }) => [keyOf(choices), error])));
    }
  }

  /** The sum of the errors of its blocks (DNA, arXiv:1911.13053, section 3.3): less is better. */
  score(architecture: Architecture): number {
    return this.stages.reduce((sum, stage, i) => {
      const choices = choicesOf(this.space, architecture, stage, i === 0);
      return sum + (this.errors.get(stage)?.get(keyOf(choices)) ?? this.predictors.get(stage)?.(choices) ?? NaN);
    }, 0);
  }

  /** Kendall's tau of predictions for taught blocks by a model that did not see them, by stage; what is not taught is ranked so well. */
  predictability(): Record<string, number> {
    return Object.fromEntries(
      this.stages.map((stage) => {
        const known = this.blocks[stage];
        const left = known.map((block, i) =>
          known.length < 3 ? NaN : fitAdditive(known.filter((_, j) => j !== i))(block.choices),
        );
        return [stage, kendallTau(left, known.map(({ error }) => error))]; // prettier-ignore
      }),
    );
  }
}

/** The blocks that were taught so far. @throws NasDistillError STORAGE for a file that is damaged or belongs to others */
export function readBlocks(file: string, ground: unknown): Record<string, TaughtBlock[]> {
  if (!existsSync(file)) return {};
  const refuse = (what: string, cause?: unknown) =>
    new NasDistillError('STORAGE', `blocks ${file}: ${what}`, {
      hint: 'Delete the file: its blocks are taught again.',
      ...(cause === undefined ? {} : { cause }),
    });
  let stored: z.infer<typeof fileSchema>;
  try {
    stored = fileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw refuse('the file is damaged', error);
  }
  if (stored.ground !== digestOf(ground)) throw refuse('they belong to another space, data set or teacher');
  return stored.stages;
}

export function writeBlocks(
  file: string,
  ground: unknown,
  stages: Readonly<Record<string, readonly TaughtBlock[]>>,
): void {
  atomicWrite(file, `${JSON.stringify({ format: 1, ground: digestOf(ground), stages })}\n`);
}
