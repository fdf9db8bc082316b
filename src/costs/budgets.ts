import { NasDistillError } from '../core/errors.js';
import type { Budget, CostName, Costs } from './CostModel.js';

/** What --budget takes. Decimal prefixes (1 MB = 10^6 bytes) and binary ones (1 MiB = 2^20 bytes). */
export const budgetExamples = ['8MB', '300kB', '8MiB', '2Mparams', '30MMACs', '512KB-memory'] as const;

const units: Readonly<Record<string, CostName>> = {
  b: 'bytes',
  'b-memory': 'memory',
  params: 'params',
  macs: 'macs',
};
const prefixes: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
};

/**
 * Reads an upper limit on one cost: a number, a prefix (k, M, G, Ki, Mi, Gi) and a unit (B, B-memory, params, MACs), in
 * any case, with spaces allowed before the prefix and the unit. Bytes of the exported weights where only B is said.
 * @throws NasDistillError BUDGET_SYNTAX showing what is accepted
 */
export function parseBudget(text: string): Budget {
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*([kmg]i?)?\s*(b|b-memory|params|macs)$/i.exec(text.trim());
  if (!match) throw syntaxError(text, 'it is not a number with a unit');
  const [, number, prefix = '', unit] = match;
  const metric = units[unit.toLowerCase()];
  const scale = prefixes[prefix.toLowerCase()];
  if (prefix.length === 2 && (metric === 'params' || metric === 'macs')) {
    throw syntaxError(text, `the binary prefix ${prefix} counts bytes only`);
  }
  const limit = Math.floor(Number(number) * scale);
  if (!Number.isSafeInteger(limit)) throw syntaxError(text, 'the number is too large');
  if (limit < 1) throw syntaxError(text, 'a limit must be at least 1');
  return { metric, limit, text: text.trim() };
}

/**
 * Reads several budgets, given one by one or with commas between them.
 * @throws NasDistillError BUDGET_SYNTAX also for two limits on one cost
 */
export function parseBudgets(texts: readonly string[]): Budget[] {
  const budgets = texts.flatMap((text) => text.split(',')).map(parseBudget);
  budgets.forEach((budget, i) => {
    const other = budgets.slice(0, i).find((earlier) => earlier.metric === budget.metric);
    if (!other) return;
    throw new NasDistillError(
      'BUDGET_SYNTAX',
      `budgets '${other.text}' and '${budget.text}' both limit ${budget.metric}`,
      {
        hint: 'Give one limit for each cost.',
      },
    );
  });
  return budgets;
}

/** How far each budget is exceeded, as a share of its limit: 0 where it is kept, 0.5 at one and a half times the limit. */
export function violations(costs: Costs, budgets: readonly Budget[]): number[] {
  return budgets.map(({ metric, limit }) => Math.max(0, (costs[metric] - limit) / limit));
}

/** True if every budget is kept; exactly at the limit is kept. */
export function fits(costs: Costs, budgets: readonly Budget[]): boolean {
  return budgets.every(({ metric, limit }) => costs[metric] <= limit);
}

function syntaxError(text: string, why: string): NasDistillError {
  return new NasDistillError('BUDGET_SYNTAX', `budget '${text}': ${why}`, {
    hint: `Write it like ${budgetExamples.join(', ')}.`,
  });
}
