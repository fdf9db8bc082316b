import { z } from 'zod';
import type { ChoiceValue, ModelContext } from '../SearchSpace.js';
import type { GraphBuilder, Value } from '../GraphBuilder.js';

/** One kind of block that a stage can repeat. */
export interface BlockEntry {
  /** Words for labels and help, such as `inverted residual`. */
  readonly title: string;
  readonly summary: string;
  readonly paper?: string;
  /** False: several in a row are the same as one, so `repeats` is no choice under this block. */
  readonly repeatable: boolean;
  /** True: its output is a sum that no norm has seen (pre-norm blocks), so the head begins with one. */
  readonly unnormalised: boolean;
  /** What it is made for: the layers of an image's grid or tokens, or those of a text. */
  readonly input: 'image' | 'text';
  /** Two fields of which at most one may be over 1: a space in which both can be is refused. */
  readonly exclusive?: readonly [string, string];
  /** The fields that apply: every other field of the stage is inactive under this block. */
  readonly fields: Readonly<Record<string, z.ZodType>>;
  /** Adds the block's nodes. `fields` holds the stage's fields that apply; the defaults fill the rest. */
  build(
    builder: GraphBuilder,
    input: Value,
    fields: Readonly<Record<string, ChoiceValue>>,
    context: ModelContext,
  ): Value;
}

export function defineBlock<S extends z.ZodRawShape & Record<string, z.ZodType>>(block: {
  title: string;
  summary: string;
  paper?: string;
  repeatable?: boolean;
  unnormalised?: boolean;
  input?: 'image' | 'text';
  exclusive?: readonly [string & keyof S, string & keyof S];
  fields: S;
  build(builder: GraphBuilder, input: Value, fields: z.output<z.ZodObject<S>>, context: ModelContext): Value;
}): BlockEntry {
  const schema = z.object(block.fields);
  return {
    title: block.title,
    summary: block.summary,
    ...(block.paper === undefined ? {} : { paper: block.paper }),
    repeatable: block.repeatable ?? true,
    unnormalised: block.unnormalised ?? false,
    input: block.input ?? 'image',
    ...(block.exclusive === undefined ? {} : { exclusive: block.exclusive }),
    fields: block.fields,
    build: (builder, input, fields, context) => block.build(builder, input, schema.parse(fields), context),
  };
}

/** True if a field must be given: it has no default. */
export function isRequired(field: z.ZodType): boolean {
  return !field.safeParse(undefined).success;
}
