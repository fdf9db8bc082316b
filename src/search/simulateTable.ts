import { z } from 'zod';
import { describeInvalid } from '../core/describeInvalid.js';
import { duplicateKey } from '../core/duplicateKey.js';
import { canonicalJson } from '../core/digest.js';
import { NasDistillError } from '../core/errors.js';
import { costNames } from '../costs/CostModel.js';
import { createSpace } from '../spaces/createSpace.js';
import type { Architecture, SearchSpace } from '../spaces/SearchSpace.js';

const value = z.union([z.string(), z.number(), z.boolean()]);
const finite = z.number('expected a finite number');
/** Of one rung: the first objective alone, or objectives by name. */
const rung = z.union([finite, z.record(z.string(), finite)]);
const tableSchema = z.strictObject({
  name: z.string().optional(),
  parameters: z.record(z.string().min(1), z.array(value).min(1)),
  objectives: z.record(z.string().min(1), z.enum(['maximize', 'minimize'])),
  /** Objectives that need no training; those named like a cost (bytes, params, macs, memory) are known anyway. */
  known: z.array(z.string()).optional(),
  rows: z.array(
    z.object({ architecture: z.record(z.string(), value), rungs: z.array(rung).optional() }).catchall(finite),
  ),
});

/** One architecture with everything that training it would tell. */
export interface TableRow {
  /** Objectives as stored, in the table's order. */
  readonly values: readonly number[];
  /** Objectives, every one minimised. */
  readonly point: readonly number[];
  /** Every number of the row by name: what a budget may limit. */
  readonly numbers: Readonly<Record<string, number>>;
  /** Objectives, minimised, after each rung; the last is `point`. Empty without rungs. */
  readonly rungs: readonly (readonly number[])[];
}

export interface Objective {
  readonly name: string;
  readonly maximise: boolean;
  readonly known: boolean;
}

/** A tabular benchmark: a space of choices and the result of every architecture in it. */
export interface SearchTable {
  readonly space: SearchSpace;
  readonly objectives: readonly Objective[];
  readonly rows: readonly TableRow[];
  row(architecture: Architecture): TableRow;
}

/**
 * Reads a table and checks all of it: every combination of the parameters has one row and every number is one.
 * @param where the file, for messages
 * @throws NasDistillError DATA naming the row (from 1) and the field
 */
export function parseTable(text: string, where: string): SearchTable {
  const fail = (what: string, hint?: string) =>
    new NasDistillError('DATA', `table ${where}: ${what}`, {
      hint: hint ?? 'The format is described in docs/samplers.md.',
    });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw fail(`is no JSON: ${describeInvalid(error)}`);
  }
  const twice = duplicateKey(text);
  if (twice !== undefined) throw fail(`"${twice}" is there twice`, 'Give each name once.');
  const parsed = tableSchema.safeParse(json);
  if (!parsed.success) throw fail(describeInvalid(named(parsed.error)));
  const { parameters, objectives: directions, known = [], rows } = parsed.data;
  const objectives = Object.entries(directions).map(([name, direction]): Objective => {
    const maximise = direction === 'maximize';
    const isCost = (costNames as readonly string[]).includes(name);
    if (isCost && maximise) throw fail(`objectives.${name} is a cost and cannot be maximised`, 'Write "minimize".');
    return { name, maximise, known: isCost || known.includes(name) };
  });
  const space = tableSpace(where, parameters);
  const reserved = objectives.find(({ name }) => name === 'architecture' || name === 'rungs');
  if (reserved) throw fail(`an objective cannot be called "${reserved.name}"`);
  if (objectives.length === 0) throw fail('objectives: there is none');
  if (objectives.every((o) => o.known))
    throw fail('every objective is known before training: nothing is left to search');
  const stranger = known.find((name) => !Object.hasOwn(directions, name));
  if (stranger !== undefined) throw fail(`known: "${stranger}" is no objective`);
  for (const [name, values] of Object.entries(parameters)) {
    if (new Set(values).size < values.length) throw fail(`parameters.${name} lists a value twice`);
  }

  const byKey = new Map<string, TableRow>();
  rows.forEach((row, i) => {
    const at = `row ${i + 1}`;
    const { architecture, rungs, ...numbers } = row;
    for (const [name, values] of Object.entries(parameters)) {
      if (!Object.hasOwn(architecture, name)) throw fail(`${at}: architecture.${name} is missing`);
      if (!values.includes(architecture[name]))
        throw fail(`${at}: architecture.${name} cannot be ${JSON.stringify(architecture[name])}`);
    }
    const unknown = Object.keys(architecture).find((name) => !Object.hasOwn(parameters, name));
    if (unknown !== undefined) throw fail(`${at}: "${unknown}" is no parameter`);
    const missing = objectives.find(({ name }) => !Object.hasOwn(numbers, name));
    if (missing) throw fail(`${at}: the objective ${missing.name} is missing`);
    const values = objectives.map(({ name }) => numbers[name]);
    const point = values.map((v, m) => (objectives[m].maximise ? -v : v));
    const key = canonicalJson(architecture);
    if (byKey.has(key)) throw fail(`${at}: the architecture has a row already`, 'Keep one row for each architecture.');
    const steps = (rungs ?? []).map((step, r): readonly number[] => {
      const given: Readonly<Record<string, number>> =
        typeof step === 'number' ? { [firstTrained(objectives)]: step } : step;
      const alien = Object.keys(given).find((name) => !objectives.some((o) => o.name === name));
      if (alien !== undefined) throw fail(`${at}: rungs.${r}: "${alien}" is no objective`);
      return objectives.map(({ name, maximise }) => (maximise ? -1 : 1) * (given[name] ?? numbers[name]));
    });
    byKey.set(key, { values, point, numbers, rungs: steps });
  });
  if (BigInt(rows.length) < space.count()) {
    const first = firstMissing(space, byKey);
    throw fail(
      `${space.count() - BigInt(rows.length)} of ${space.count()} architectures have no row, the first ${first}`,
      'A table must hold every combination of its parameters.',
    );
  }
  const lengths = new Set([...byKey.values()].map((row) => row.rungs.length));
  if (lengths.size > 1) throw fail(`rows have different numbers of rungs: ${[...lengths].join(', ')}`);
  return {
    space,
    objectives,
    rows: [...byKey.values()],
    row: ({ choices }) => {
      const row = byKey.get(canonicalJson(choices));
      if (row === undefined) throw new NasDistillError('INTERNAL', `no row for ${canonicalJson(choices)}`);
      return row;
    },
  };
}

/** A rung that is one number tells the first objective that needs training. */
function firstTrained(objectives: readonly Objective[]): string {
  return (objectives.find((o) => !o.known) ?? objectives[0]).name;
}

function firstMissing(space: SearchSpace, rows: ReadonlyMap<string, TableRow>): string {
  for (const { choices } of space.enumerate()) {
    const key = canonicalJson(choices);
    if (!rows.has(key)) return key;
  }
  return 'unknown';
}

/** Rows are counted from 1 in messages, as people count them. */
function named(error: z.ZodError): z.ZodError {
  for (const issue of error.issues) {
    if (issue.path[0] === 'rows' && typeof issue.path[1] === 'number')
      issue.path.splice(0, 2, `row ${issue.path[1] + 1}`);
  }
  return error;
}

/** A space of unconditional choices without a model behind it. Exported for tables that are computed when asked for. */
export function tableSpace(
  name: string,
  parameters: Readonly<Record<string, readonly (string | number | boolean)[]>>,
): SearchSpace {
  const literal = { kind: 'literal', value: null } as const;
  const choices = Object.entries(parameters).map(([choice, values]) => ({
    name: choice,
    values,
    affects: 'architecture' as const,
    when: [],
    uses: [[]],
  }));
  return createSpace({
    name,
    description: '',
    choices,
    resolution: literal,
    // No model is built; the block only says that the samples would be images.
    stem: { name: 'stem', repeats: literal, block: { kind: 'literal', value: 'conv' }, fields: {} },
    stages: [],
    head: {},
    baseline: Object.fromEntries(choices.map((c) => [c.name, c.values[0]])),
  });
}

/**
 * The corner of the hypervolume, minimised as points are: for each objective its worst value in the table, or as given in
 * `accuracy=80,params=3e6`.
 * @throws NasDistillError USAGE
 */
export function parseReference(text: string | undefined, table: SearchTable): number[] {
  const reference = table.objectives.map((_, m) => table.rows.reduce((w, row) => Math.max(w, row.point[m]), -Infinity));
  for (const part of text === undefined ? [] : text.split(',')) {
    const [name, number, ...rest] = part.split('=').map((word) => word.trim());
    const m = table.objectives.findIndex((o) => o.name === name);
    const value = Number(number);
    if (rest.length > 0 || number === undefined || number === '' || !Number.isFinite(value)) {
      throw new NasDistillError('USAGE', `--reference: '${part}' is not an objective, = and a number`, {
        hint: 'Write it like accuracy=80,params=3e6.',
      });
    }
    if (m < 0) {
      throw new NasDistillError('USAGE', `--reference: "${name}" is no objective of the table`, {
        hint: `Its objectives are ${table.objectives.map((o) => o.name).join(', ')}.`,
      });
    }
    reference[m] = table.objectives[m].maximise ? -value : value;
  }
  return reference;
}
