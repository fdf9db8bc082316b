import type { z } from 'zod';
import type { ChoiceValue } from '../SearchSpace.js';
import type { BlockEntry } from '../blocks/BlockEntry.js';
import { blocks } from '../blocks/registry.js';
import { ChoiceGraph } from '../ChoiceGraph.js';
import { ChoiceTable } from './ChoiceTable.js';
import { Cursor, suggestion } from './Cursor.js';
import type { Field, SpaceDefinition, StageDefinition } from './definition.js';
import { headFields, resolutionSchema } from './headFields.js';
import { readDefaults } from './readDefaults.js';
import { readLosses } from './readLosses.js';
import { readStage } from './readStage.js';
import { readTraining } from './readTraining.js';

const sections = [
  'name',
  'description',
  'choices',
  'resolution',
  'stem',
  'stages',
  'head',
  'losses',
  'training',
  'defaults',
  'baseline',
];

/** Reads a search space. @throws NasDistillError SPACE naming file:line:column and the key. */
export function readDefinition(text: string, file: string): SpaceDefinition {
  const root = Cursor.parse(text, file);
  const entries = new Map(root.entries(sections));
  const section = (key: string) => {
    const at = entries.get(key);
    if (at === undefined) throw root.error(`${key} is missing`);
    return at;
  };
  const name = section('name').text();
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name)) {
    throw section('name').error(`a name holds letters, digits, "-", "_" and "." only, found ${JSON.stringify(name)}`);
  }
  const description = entries.get('description')?.text() ?? '';
  const table = new ChoiceTable();
  const declared = entries.get('choices');
  if (declared !== undefined) table.declareAll(declared);

  const resolutionAt = entries.get('resolution');
  const rule = { conditions: [], affects: 'architecture' } as const;
  const resolution: Field =
    resolutionAt === undefined
      ? { kind: 'literal', value: 'input' }
      : table.field(resolutionAt, { ...rule, name: 'resolution', schemas: [resolutionSchema] });
  const stem = readStage(section('stem'), 'stem', table, true);
  const stagesAt = section('stages').items();
  if (stagesAt.length === 0) throw section('stages').error('at least one stage is needed');
  const stages = stagesAt.map((at, i) => readStage(at, `stage${i + 1}`, table, false));
  const kinds = kindsOf(stem, table);
  if (kinds.size > 1) throw section('stem').error('blocks for texts and blocks for images do not mix');
  const [kind] = kinds;
  stages.forEach((stage, i) => {
    const other = [...kindsOf(stage, table)].find((found) => found !== kind);
    if (other !== undefined) throw stagesAt[i].error(`a block for ${other}s, and the stem is for ${kind}s`);
  });
  if (kind === 'text' && resolutionAt !== undefined) throw resolutionAt.error('a text has no resolution');
  const head = readHead(entries.get('head'), table, kind === 'text');
  const lossesAt = entries.get('losses');
  const losses = lossesAt === undefined ? {} : { losses: readLosses(lossesAt, table) };
  const trainingAt = entries.get('training');
  const training = trainingAt === undefined ? {} : { training: readTraining(trainingAt, table, kind === 'text') };

  const defaultsAt = entries.get('defaults');
  const defaults = defaultsAt === undefined ? {} : { defaults: readDefaults(defaultsAt) };

  const choices = table.finish();
  const graph = new ChoiceGraph(choices, (names) => {
    return (table.at(names[0]) ?? root).error(
      `choices depend on each other in a circle: ${names.join(', ')}`,
      'Drop a `when`; a stage with repeats 0 cannot offer the block identity as well.',
    );
  });
  const baseline = readBaseline(entries.get('baseline'), graph);
  return { name, description, choices, resolution, stem, stages, head, ...losses, ...training, ...defaults, baseline };
}

/** What the blocks that a stage may choose are for. */
function kindsOf(stage: StageDefinition, table: ChoiceTable): Set<'image' | 'text'> {
  const known: Readonly<Record<string, BlockEntry>> = blocks;
  return new Set(table.domain(stage.block).map((name) => known[String(name)].input));
}

function readHead(at: Cursor | undefined, table: ChoiceTable, ofTexts: boolean): Record<string, Field> {
  const head: Record<string, Field> = {};
  if (at === undefined) return head;
  const schemas: Readonly<Record<string, z.ZodType>> = headFields;
  const parts = new Map(at.entries(Object.keys(headFields)));
  for (const key of Object.keys(headFields)) {
    const field = parts.get(key);
    if (field === undefined) continue;
    if (key === 'pool' && !ofTexts) throw field.error('images are always pooled by their mean');
    // Without the last layer there is nothing to activate.
    const hasLayer = head.width === undefined ? undefined : table.condition(head.width, (v) => v !== 0);
    if (key === 'activation' && hasLayer === undefined) throw field.error('there is no head layer: width is 0');
    const conditions = key === 'activation' ? (hasLayer ?? []) : [];
    head[key] = table.field(field, {
      name: `head.${key}`,
      schemas: [schemas[key]],
      conditions,
      affects: 'architecture',
    });
  }
  return head;
}

/** What the section sets; every other active choice takes its first value. */
function readBaseline(at: Cursor | undefined, graph: ChoiceGraph): Record<string, ChoiceValue> {
  const given: Record<string, ChoiceValue> = {};
  const names = graph.choices.map((c) => c.name);
  const entries = at?.entries() ?? [];
  for (const [name, field] of entries) {
    const choice = graph.choices.find((c) => c.name === name);
    if (choice === undefined)
      throw field.error(`no choice is called ${JSON.stringify(name)}${suggestion(name, names)}`);
    const value = field.scalar();
    if (!choice.values.includes(value)) {
      throw field.error(`${JSON.stringify(value)} is no value of ${name} (${choice.values.join(', ')})`);
    }
    given[name] = value;
  }
  const complete = graph.complete((choice) =>
    Object.hasOwn(given, choice.name) ? given[choice.name] : choice.values[0],
  );
  for (const [name, field] of entries) {
    if (!Object.hasOwn(complete, name)) throw field.error('this choice is inactive in the baseline');
  }
  return complete;
}
