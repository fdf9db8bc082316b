import { NasDistillError } from '../core/errors.js';
import type { SearchTable, TableRow } from './simulateTable.js';

/** A limit on one number of a table's rows: `params<=1e6`, `accuracy>=80`. */
export interface TableBudget {
  readonly name: string;
  readonly upper: boolean;
  readonly limit: number;
  readonly text: string;
}

/**
 * Reads the budgets and checks that the table can meet them, each and together, before anything runs.
 * @throws NasDistillError BUDGET_SYNTAX; INFEASIBLE naming the nearest limits that can be met
 */
export function parseTableBudgets(texts: readonly string[], table: SearchTable): TableBudget[] {
  const budgets = texts.map((text) => parseOne(text, table));
  for (const budget of budgets) {
    const twin = budgets.find((b) => b !== budget && b.name === budget.name && b.upper === budget.upper);
    if (twin) {
      throw new NasDistillError(
        'BUDGET_SYNTAX',
        `budgets '${budget.text}' and '${twin.text}' limit the same side of ${budget.name}`,
        {
          hint: 'Give one limit for each.',
        },
      );
    }
    if (table.rows.some((row) => excess(row, budget) === 0)) continue;
    const values = table.rows.map((row) => row.numbers[budget.name]);
    const nearest = budget.upper ? smallest(values) : -smallest(values.map((v) => -v));
    throw new NasDistillError('INFEASIBLE', `no row of the table meets ${budget.text}`, {
      hint: `The nearest that can be met: --budget '${written(budget, nearest)}'`,
    });
  }
  if (table.rows.some((row) => tableViolation(row, budgets) === 0)) return budgets;
  const nearest = table.rows.reduce((a, b) => (tableViolation(b, budgets) < tableViolation(a, budgets) ? b : a));
  const tries = budgets.map(
    (b) => `--budget '${excess(nearest, b) === 0 ? b.text : written(b, nearest.numbers[b.name])}'`,
  );
  throw new NasDistillError(
    'INFEASIBLE',
    `no row of the table meets ${texts.join(' and ')} together, though each alone can be met`,
    {
      hint: `The nearest that can be met: ${tries.join(' ')}`,
    },
  );
}

/** Total excess of a row over the budgets, each as a share of its limit; 0 fits. */
export function tableViolation(row: TableRow, budgets: readonly TableBudget[]): number {
  return budgets.reduce((sum, budget) => sum + excess(row, budget), 0);
}

function excess(row: TableRow, { name, upper, limit }: TableBudget): number {
  const over = upper ? row.numbers[name] - limit : limit - row.numbers[name];
  return Math.max(0, over) / Math.max(Math.abs(limit), 1e-12);
}

function parseOne(text: string, table: SearchTable): TableBudget {
  const match = /^\s*([^<>=]+?)\s*(<=|>=)\s*(\S+)\s*$/.exec(text);
  const limit = Number(match?.[3]);
  if (match === null || !Number.isFinite(limit)) {
    throw new NasDistillError('BUDGET_SYNTAX', `budget '${text}': it is not a name, <= or >=, and a number`, {
      hint: "Write it like 'params<=1e6'.",
    });
  }
  const name = match[1];
  const upper = match[2] === '<=';
  const lacking = table.rows.findIndex((row) => !Object.hasOwn(row.numbers, name));
  if (lacking >= 0) {
    throw new NasDistillError(
      'BUDGET_SYNTAX',
      `budget '${text}': row ${lacking + 1} of the table has no number "${name}"`,
      {
        hint: `Use one of: ${Object.keys(table.rows[0].numbers).join(', ')}.`,
      },
    );
  }
  const objective = table.objectives.find((o) => o.name === name);
  if (objective !== undefined && objective.maximise === upper) {
    throw new NasDistillError(
      'BUDGET_SYNTAX',
      `budget '${text}' contradicts the objective: ${name} is ${objective.maximise ? 'maximised' : 'minimised'}`,
      { hint: `Write '${name}${upper ? '>=' : '<='}${match[3]}', or give no budget on it.` },
    );
  }
  if (objective?.maximise) {
    throw new NasDistillError('BUDGET_SYNTAX', `budget '${text}': ${name} is known only after training`, {
      hint: 'A budget limits what an architecture costs; look for the accuracy in the result.',
    });
  }
  return { name, upper, limit, text };
}

function written({ name, upper }: TableBudget, value: number): string {
  return `${name}${upper ? '<=' : '>='}${value}`;
}

function smallest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Infinity);
}
