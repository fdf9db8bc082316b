import type { z } from 'zod';
import type { ChoiceValue } from '../SearchSpace.js';
import type { ChoiceDefinition, Condition, Field } from './definition.js';
import type { Cursor } from './Cursor.js';
import { suggestion } from './Cursor.js';

type Affects = 'architecture' | 'recipe';

interface Draft {
  readonly values: readonly ChoiceValue[];
  readonly when: readonly { name: string; values: readonly ChoiceValue[]; at: Cursor }[];
  readonly otherwise?: ChoiceValue;
  readonly uses: (readonly Condition[])[];
  readonly at: Cursor;
  affects: Affects;
}

/** What a field accepts, where it applies. */
export interface FieldRule {
  /** Name of the anonymous choice that a list of alternatives makes. */
  readonly name: string;
  /** Every schema must accept every value; undefined among the accepted values: the field has a default. */
  readonly schemas: readonly z.ZodType[];
  /** All of them must hold for the field to matter. */
  readonly conditions: readonly Condition[];
  readonly affects: Affects;
}

/** Collects the choices of a space while it is read, and where each is used. */
export class ChoiceTable {
  private readonly drafts = new Map<string, Draft>();

  /** Reads the section `choices`. */
  declareAll(section: Cursor): void {
    for (const [name, at] of section.entries()) {
      if (!/^[A-Za-z][A-Za-z0-9_-]*$/.test(name) || ['resolution', 'losses', 'optimiser'].includes(name)) {
        throw at.error(`a choice cannot be called ${JSON.stringify(name)}`);
      }
      if (at.isList) {
        this.drafts.set(name, { values: readValues(at), when: [], uses: [], at, affects: 'recipe' });
        continue;
      }
      const parts = new Map(at.entries(['values', 'when', 'otherwise']));
      const values = parts.get('values');
      if (values === undefined) throw at.error('values are missing: `values: [a, b]`');
      const when = parts.get('when')?.entries() ?? [];
      const otherwise = parts.get('otherwise');
      this.drafts.set(name, {
        values: readValues(values),
        when: when.map(([other, c]) => ({ name: other, values: c.isList ? readValues(c) : [c.scalar()], at: c })),
        ...(otherwise === undefined ? {} : { otherwise: otherwise.scalar() }),
        uses: [],
        at,
        affects: 'recipe',
      });
    }
  }

  /** Reads a literal, a list of alternatives or a `$reference`. */
  field(at: Cursor, rule: FieldRule): Field {
    if (at.isList) {
      const values = readValues(at, (value, item) => check(value, rule.schemas, item));
      if (values.length === 1) return { kind: 'literal', value: values[0] };
      this.drafts.set(rule.name, { values, when: [], uses: [rule.conditions], at, affects: rule.affects });
      return { kind: 'choice', name: rule.name };
    }
    const value = at.scalar();
    if (typeof value !== 'string' || !value.startsWith('$')) {
      check(value, rule.schemas, at);
      return { kind: 'literal', value };
    }
    const name = value.slice(1);
    const draft = this.drafts.get(name);
    if (draft === undefined || name.includes('.')) {
      const known = [...this.drafts.keys()].filter((k) => !k.includes('.'));
      throw at.error(`no choice is called ${JSON.stringify(name)}${suggestion(name, known)}`);
    }
    for (const v of draft.values) check(v, rule.schemas, at, `choice ${name}: `);
    if (draft.otherwise !== undefined) check(draft.otherwise, rule.schemas, at, `choice ${name}, otherwise: `);
    const needed = rule.schemas.length === 0 || rule.schemas.some((s) => !s.safeParse(undefined).success);
    if (draft.when.length > 0 && draft.otherwise === undefined && needed) {
      throw at.error(
        `choice ${name} can be inactive, and this field has no default`,
        `Add \`otherwise: VALUE\` to it.`,
      );
    }
    draft.uses.push(rule.conditions);
    if (rule.affects === 'architecture') draft.affects = 'architecture';
    return draft.otherwise === undefined
      ? { kind: 'choice', name }
      : { kind: 'choice', name, otherwise: draft.otherwise };
  }

  /** An anonymous choice between names that the file gives as keys. */
  alternatives(name: string, values: readonly string[], at: Cursor, affects: Affects): Field {
    if (values.length === 1) return { kind: 'literal', value: values[0] };
    this.drafts.set(name, { values, when: [], uses: [[]], at, affects });
    return { kind: 'choice', name };
  }

  /** The values that a field can take. */
  domain(field: Field): readonly ChoiceValue[] {
    if (field.kind === 'literal') return [field.value];
    const values = this.drafts.get(field.name)?.values ?? [];
    return field.otherwise === undefined || values.includes(field.otherwise) ? values : [...values, field.otherwise];
  }

  /** Condition for `field` to satisfy the predicate: none if it always does, undefined if it never does. */
  condition(field: Field, accepts: (value: ChoiceValue) => boolean): readonly Condition[] | undefined {
    const domain = this.domain(field);
    const values = domain.filter(accepts);
    if (values.length === 0) return undefined;
    if (values.length === domain.length || field.kind === 'literal') return [];
    const orInactive = field.otherwise !== undefined && accepts(field.otherwise);
    return [{ choice: field.name, values, orInactive }];
  }

  /** Lets a choice matter only where the conditions hold, in addition to what was known when it was read. */
  restrict(field: Field, conditions: readonly Condition[]): void {
    if (field.kind === 'literal' || conditions.length === 0) return;
    const uses = this.drafts.get(field.name)?.uses;
    // The latest use is the field's own.
    if (uses !== undefined) uses[uses.length - 1] = [...uses[uses.length - 1], ...conditions];
  }

  /** @throws SPACE for a choice that nothing uses, or a `when` that can never hold. */
  finish(): ChoiceDefinition[] {
    return [...this.drafts].map(([name, draft]) => {
      if (draft.uses.length === 0) {
        throw draft.at.error('nothing uses this choice', `Refer to it from a field as \`$${name}\`, or remove it.`);
      }
      const when = draft.when.map((w): Condition => {
        const other = this.drafts.get(w.name);
        if (other === undefined) {
          throw w.at.error(
            `no choice is called ${JSON.stringify(w.name)}${suggestion(w.name, [...this.drafts.keys()])}`,
          );
        }
        const strange = w.values.find((v) => !other.values.includes(v));
        if (strange !== undefined) {
          throw w.at.error(`${w.name} never is ${show(strange)} (values: ${other.values.map(show).join(', ')})`);
        }
        return { choice: w.name, values: w.values, orInactive: false };
      });
      return { name, values: draft.values, affects: draft.affects, when, uses: draft.uses };
    });
  }

  /** Where a choice was written, for errors about it. */
  at(name: string): Cursor | undefined {
    return this.drafts.get(name)?.at;
  }
}

function readValues(list: Cursor, each: (value: ChoiceValue, item: Cursor) => void = () => undefined): ChoiceValue[] {
  const values: ChoiceValue[] = [];
  for (const item of list.items()) {
    const value = item.scalar();
    if (typeof value === 'string' && value.startsWith('$'))
      throw item.error('a $reference must stand alone, not in a list');
    if (values.includes(value)) throw item.error(`${show(value)} is listed twice`);
    each(value, item);
    values.push(value);
  }
  if (values.length === 0) throw list.error('the list of alternatives is empty');
  return values;
}

function check(value: ChoiceValue, schemas: readonly z.ZodType[], at: Cursor, prefix = ''): void {
  for (const schema of schemas) {
    const result = schema.safeParse(value);
    if (result.success) continue;
    throw at.error(`${prefix}${show(value)}: ${result.error.issues[0].message}`);
  }
}

function show(value: ChoiceValue): string {
  return JSON.stringify(value);
}
