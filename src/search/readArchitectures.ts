import { z } from 'zod';
import { closest } from '../core/closest.js';
import { NasDistillError } from '../core/errors.js';
import { createRng } from '../core/rng.js';
import { readYamlFile } from '../core/yamlFile.js';
import { violations } from '../costs/budgets.js';
import type { Budget, Costs } from '../costs/CostModel.js';
import { formatCost } from '../costs/registry.js';
import type { Architecture, ChoiceValue, SearchSpace } from '../spaces/SearchSpace.js';

const choices = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
const entry = z.union([z.strictObject({ choices }), choices]);

/** Draws of the choices that an entry leaves open, until one fits the budgets. */
const draws = 200;

export interface ArchitectureGround {
  readonly space: SearchSpace;
  readonly budgets: readonly Budget[];
  readonly builder: { costs(architecture: Architecture): Costs };
  /** Seed of the choices that are left open. */
  readonly seed: string | number;
}

/**
 * Reads architectures that a person wrote (YAML or JSON): one, or a list of them, each `{choices: {...}}` or the choices
 * alone. Choices that are left out are drawn so that the budgets are kept.
 * @throws NasDistillError CONFIG naming file, line and choice; INFEASIBLE for one that is over a budget
 */
export function readArchitectures(file: string, ground: ArchitectureGround): Architecture[] {
  const { data, lineOf } = readYamlFile(file, 'file of architectures');
  const list: unknown[] = Array.isArray(data) ? data : [data];
  const at = (i: number, ...path: PropertyKey[]) => (Array.isArray(data) ? [i, ...path] : path);
  return list.map((item, i) => {
    const place = (...path: PropertyKey[]) => {
      const line = lineOf(at(i, ...path));
      return `${file}${line === undefined ? '' : `:${line}`}`;
    };
    const parsed = entry.safeParse(item);
    const given = parsed.success ? (isWrapped(parsed.data) ? parsed.data.choices : parsed.data) : undefined;
    if (given === undefined || Object.keys(given).length === 0) {
      throw new NasDistillError('CONFIG', `${place()}: architecture ${i + 1} is no list of choices and their values`, {
        hint: `Write it like: choices: { ${firstChoices(ground.space)} }`,
      });
    }
    const inside = parsed.success && isWrapped(parsed.data) ? ['choices'] : [];
    checkValues(ground.space, given, (name) => place(...inside, name));
    return fitting(ground, given, `${ground.seed}/enqueue/${i}`, (name) => place(...inside, ...name));
  });
}

function isWrapped(value: z.infer<typeof entry>): value is { choices: z.infer<typeof choices> } {
  return typeof value.choices === 'object' && value.choices !== null;
}

function firstChoices(space: SearchSpace): string {
  const first = space.choices.slice(0, 2).map(({ name, values }) => `${name}: ${JSON.stringify(values[0])}`);
  return first.join(', ');
}

function checkValues(
  space: SearchSpace,
  given: Readonly<Record<string, ChoiceValue>>,
  place: (name: string) => string,
): void {
  for (const [name, value] of Object.entries(given)) {
    const choice = space.choices.find((known) => known.name === name);
    if (choice === undefined) {
      const near = closest(
        name,
        space.choices.map((known) => known.name),
      );
      throw new NasDistillError('CONFIG', `${place(name)}: the space ${space.name} has no choice ${name}`, {
        hint: near === undefined ? `See all with: nas-distill space show ${space.name}` : `Did you mean ${near}?`,
      });
    }
    if (!choice.values.includes(value)) {
      throw new NasDistillError('CONFIG', `${place(name)}: ${name} cannot be ${JSON.stringify(value)}`, {
        hint: `It can be: ${choice.values.map((known) => JSON.stringify(known)).join(', ')}.`,
      });
    }
  }
}

function fitting(
  { space, budgets, builder }: ArchitectureGround,
  given: Readonly<Record<string, ChoiceValue>>,
  seed: string,
  place: (name: readonly string[]) => string,
): Architecture {
  let nearest: { architecture: Architecture; excess: number } | undefined;
  for (let i = 0; i < draws; i++) {
    const architecture = space.complete(given, createRng(`${seed}/${i}`));
    const ignored = Object.keys(given).find((name) => architecture.choices[name] !== given[name]);
    if (ignored === undefined) {
      const excess = violations(builder.costs(architecture), budgets).reduce((sum, v) => sum + v, 0);
      if (excess <= 0) return architecture;
      if (nearest === undefined || excess < nearest.excess) nearest = { architecture, excess };
      // Nothing was left open: another draw is the same.
      if (Object.keys(architecture.choices).length === Object.keys(given).length) break;
    } else if (i === draws - 1 && nearest === undefined) {
      throw new NasDistillError('CONFIG', `${place([ignored])}: ${ignored} is switched off by the other choices`, {
        hint: 'Leave it out, or change the choice that it depends on.',
      });
    }
  }
  if (nearest === undefined) throw new NasDistillError('INTERNAL', 'no architecture was drawn');
  const costs = builder.costs(nearest.architecture);
  const over = budgets.filter((budget) => costs[budget.metric] > budget.limit);
  throw new NasDistillError(
    'INFEASIBLE',
    `${place([])}: this architecture does not fit: ${over.map(({ metric, text }) => `${formatCost(metric, costs[metric])} of ${metric}, the budget is ${text}`).join('; ')}`,
    { hint: 'Take it out, or raise the budget.' },
  );
}
