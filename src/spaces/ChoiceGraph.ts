import type { ChoiceValue } from './SearchSpace.js';
import type { ChoiceDefinition, Condition } from './language/definition.js';

type Values = Readonly<Record<string, ChoiceValue>>;

/** The choices of a space and what makes each of them active. */
export class ChoiceGraph {
  /** In declaration order. */
  readonly choices: readonly ChoiceDefinition[];
  /** Every choice after those that it depends on. */
  private readonly order: readonly ChoiceDefinition[];
  /** True if they were declared in that order, too. */
  private readonly inOrder: boolean;

  /** @throws what `circle` makes of the names of choices that depend on each other. */
  constructor(choices: readonly ChoiceDefinition[], circle: (names: string[]) => Error) {
    this.choices = choices;
    const waiting = [...choices];
    const order: ChoiceDefinition[] = [];
    const done = new Set<string>();
    while (waiting.length > 0) {
      const next = waiting.findIndex((c) => conditionsOf(c).every((d) => done.has(d.choice)));
      if (next < 0) throw circle(waiting.map((c) => c.name));
      const [choice] = waiting.splice(next, 1);
      order.push(choice);
      done.add(choice.name);
    }
    this.order = order;
    this.inOrder = order.every((choice, i) => choice === choices[i]);
  }

  /** Sets every active choice, parents first, and leaves the others out. Keys come in declaration order. */
  complete(pick: (choice: ChoiceDefinition) => ChoiceValue): Record<string, ChoiceValue> {
    const values: Record<string, ChoiceValue> = {};
    for (const choice of this.order) if (isActive(choice, values)) values[choice.name] = pick(choice);
    if (this.inOrder) return values;
    return Object.fromEntries(
      this.choices.filter((c) => Object.hasOwn(values, c.name)).map((c) => [c.name, values[c.name]]),
    );
  }

  isActive(choice: ChoiceDefinition, values: Values): boolean {
    return isActive(choice, values);
  }

  /**
   * Number of different assignments. A dynamic program over the order: assignments that look alike to every later
   * condition are counted together, so the cost grows with the choices that matter at once, not with the space.
   */
  count(): bigint {
    let states = new Map<string, { values: Record<string, ChoiceValue>; count: bigint }>();
    states.set('', { values: {}, count: 1n });
    this.order.forEach((choice, i) => {
      const later = this.order.slice(i + 1).flatMap(conditionsOf);
      const next = new Map<string, { values: Record<string, ChoiceValue>; count: bigint }>();
      for (const { values, count } of states.values()) {
        const options = isActive(choice, values) ? choice.values : [undefined];
        for (const value of options) {
          const extended = value === undefined ? values : { ...values, [choice.name]: value };
          const key = later.map((c) => (holds(c, extended) ? '1' : '0')).join('');
          const known = next.get(key);
          if (known === undefined) next.set(key, { values: extended, count });
          else known.count += count;
        }
      }
      states = next;
    });
    let total = 0n;
    for (const { count } of states.values()) total += count;
    return total;
  }

  /** Every assignment, in declaration order of the values. */
  *enumerate(): Generator<Record<string, ChoiceValue>> {
    const order = this.order;
    const inOrder = this.choices;
    function* extend(i: number, values: Record<string, ChoiceValue>): Generator<Record<string, ChoiceValue>> {
      if (i === order.length) {
        yield Object.fromEntries(
          inOrder.filter((c) => Object.hasOwn(values, c.name)).map((c) => [c.name, values[c.name]]),
        );
      } else if (!isActive(order[i], values)) {
        yield* extend(i + 1, values);
      } else {
        for (const value of order[i].values) yield* extend(i + 1, { ...values, [order[i].name]: value });
      }
    }
    yield* extend(0, {});
  }
}

function conditionsOf(choice: ChoiceDefinition): Condition[] {
  return [...choice.when, ...choice.uses.flat()];
}

/** All of `when` and one of `uses`; plain loops, as a search asks it dozens of times a proposal. */
function isActive({ when, uses }: ChoiceDefinition, values: Values): boolean {
  if (!allHold(when, values)) return false;
  for (const use of uses) if (allHold(use, values)) return true;
  return false;
}

function allHold(conditions: readonly Condition[], values: Values): boolean {
  for (const condition of conditions) if (!holds(condition, values)) return false;
  return true;
}

function holds(condition: Condition, values: Values): boolean {
  if (!Object.hasOwn(values, condition.choice)) return condition.orInactive;
  return condition.values.includes(values[condition.choice]);
}
