import { z } from 'zod';

/** One option of a registry's entry, as its schema says. */
export interface Parameter {
  readonly name: string;
  readonly description: string;
  /** In words: `number`, `text`, `true or false`, `list of text`, or the values that it can have. */
  readonly type: string;
  /** Absent: it must be given. */
  readonly default?: unknown;
}

/** One entry of a registry of losses, optimisers, schedules or weightings. */
export interface Described {
  readonly name: string;
  readonly summary: string;
  readonly paper: string;
  readonly parameters: readonly Parameter[];
}

/** A registry as plain data, in its order: what help, lists and the generated documentation are made from. */
export function describeRegistry(
  registry: Readonly<Record<string, { summary: string; paper: string; options: z.ZodType }>>,
): Described[] {
  return Object.entries(registry).map(([name, { summary, paper, options }]) => ({
    name,
    summary,
    paper,
    parameters: parametersOf(options),
  }));
}

const property = z.looseObject({
  type: z.string().optional(),
  description: z.string().default(''),
  default: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  anyOf: z.array(z.looseObject({ type: z.string().optional() })).optional(),
});

function parametersOf(options: z.ZodType): Parameter[] {
  const schema = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' });
  return Object.entries(schema.properties ?? {}).map(([name, value]) => {
    const { type, description, default: byDefault, enum: values, anyOf } = property.parse(value);
    return {
      name,
      description,
      type: values?.map(String).join(' | ') ?? anyOf?.map((part) => wordOf(part.type)).join(' or ') ?? wordOf(type),
      ...(byDefault === undefined ? {} : { default: byDefault }),
    };
  });
}

function wordOf(type: string | undefined): string {
  const words: Readonly<Record<string, string>> = {
    string: 'text',
    integer: 'whole number',
    boolean: 'true or false',
    array: 'list',
  };
  return words[type ?? ''] ?? type ?? 'value';
}
