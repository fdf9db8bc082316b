import { z } from 'zod';
import { isRequired } from '../blocks/BlockEntry.js';
import type { BlockEntry } from '../blocks/BlockEntry.js';
import { blocks, isBlockName } from '../blocks/registry.js';
import type { ChoiceTable } from './ChoiceTable.js';
import type { Cursor } from './Cursor.js';
import { suggestion } from './Cursor.js';
import type { Field, StageDefinition } from './definition.js';

const known: Readonly<Record<string, BlockEntry>> = blocks;
const blockNames = Object.keys(blocks);
const blockSchema = z.custom<string>(isBlockName, {
  error: (issue) =>
    typeof issue.input === 'string'
      ? `unknown block${suggestion(issue.input, blockNames)}`
      : `must be the name of a block (known: ${blockNames.join(', ')})`,
});
const repeatsSchema = z.number('must be a whole number from 0 to 64').int().min(0).max(64);
const allFields = [...new Set(Object.values(known).flatMap((b) => Object.keys(b.fields)))];

/** Reads the stem (one block) or a stage (`repeats` blocks; 0 in a list of alternatives leaves the stage out). */
export function readStage(at: Cursor, name: string, table: ChoiceTable, isStem: boolean): StageDefinition {
  const own = isStem ? ['block'] : ['block', 'repeats'];
  const entries = new Map(at.entries([...own, ...allFields]));
  const affects = 'architecture';

  const repeatsAt = entries.get('repeats');
  const repeats: Field =
    repeatsAt === undefined
      ? { kind: 'literal', value: 1 }
      : table.field(repeatsAt, { name: `${name}.repeats`, schemas: [repeatsSchema], conditions: [], affects });
  const present = table.condition(repeats, (v) => v !== 0);
  if (present === undefined)
    throw at.error('repeats is always 0', 'Remove the stage, or let repeats be a choice: [0, 1].');

  const blockAt = entries.get('block');
  if (blockAt === undefined) throw at.error(`block is missing (known: ${blockNames.join(', ')})`);
  const block = table.field(blockAt, { name: `${name}.block`, schemas: [blockSchema], conditions: present, affects });
  const possible = table.domain(block).map(String);
  // Several identities in a row are one: the number of repeats is then no choice.
  table.restrict(repeats, table.condition(block, (v) => known[String(v)].repeatable) ?? []);

  const fields: Record<string, Field> = {};
  for (const [key, field] of entries) {
    if (own.includes(key)) continue;
    const users = possible.filter((b) => Object.hasOwn(known[b].fields, key));
    if (users.length === 0) {
      const theirs = possible.map((b) => `${b}: ${Object.keys(known[b].fields).join(', ')}`);
      throw field.error(`no block of this stage has the field ${key} (${theirs.join('; ')})`);
    }
    const chosen = table.condition(block, (v) => users.includes(String(v))) ?? [];
    const schemas = users.map((b) => known[b].fields[key]);
    fields[key] = table.field(field, { name: `${name}.${key}`, schemas, conditions: [...present, ...chosen], affects });
  }
  for (const b of possible) {
    for (const [key, schema] of Object.entries(known[b].fields)) {
      if (isRequired(schema) && !entries.has(key)) throw at.error(`${key} is missing: block ${b} needs it`);
    }
  }
  for (const b of possible) requireExclusive(at, table, b, known[b].exclusive ?? [], fields);
  return { name, repeats, block, fields };
}

/** @throws NasDistillError SPACE where all of these fields can be over 1 in one block of the stage */
function requireExclusive(
  at: Cursor,
  table: ChoiceTable,
  block: string,
  keys: readonly string[],
  fields: Readonly<Record<string, Field>>,
): void {
  const largest = keys.map((key) => {
    const values = Object.hasOwn(fields, key) ? table.domain(fields[key]).map(Number) : [];
    return Math.max(1, ...values);
  });
  if (keys.length === 0 || largest.some((value) => value === 1)) return;
  const values = keys.map((key, i) => `${key} ${largest[i]}`).join(' and ');
  throw at.error(
    `block ${block} cannot have ${values} at once`,
    `Let one of ${keys.join(' and ')} be 1 in this stage.`,
  );
}
