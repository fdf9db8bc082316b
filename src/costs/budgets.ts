import { NasDistillError } from '../core/errors.js';
import type { Budget, CostName, Costs, CountedCost, LatencyCost } from './CostModel.js';

/** What --budget takes. Decimal prefixes (1 MB = 10^6 bytes) and binary ones (1 MiB = 2^20 bytes); NAME is a device. */
export const budgetExamples = [
  '8MB',
  '300kB',
  '8MiB',
  '2Mparams',
  '30MMACs',
  '512KB-memory',
  '5ms',
  '800us',
  'phone:5ms',
] as const;

const units: Readonly<Record<string, CountedCost>> = {
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
/** In milliseconds. */
const times: Readonly<Record<string, number>> = { us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1e3 };

/** The device that is meant where none is named: this machine. */
export const localDevice = 'local';

/** A device that a study aims at, by the name that it was given, and the cost that its latency is. */
export interface DeviceTarget {
  readonly name: string;
  readonly metric: LatencyCost;
}

type Limit = { readonly text: string; readonly limit: number } & (
  { readonly metric: CountedCost } | { readonly metric: 'latency'; readonly device?: string }
);

/**
 * Reads an upper limit on one cost: a number, a prefix (k, M, G, Ki, Mi, Gi) and a unit (B, B-memory, params, MACs), in
 * any case, with spaces allowed before the prefix and the unit; or a time (us, ms, s), with the name of a device and a
 * colon before it where a study aims at several. Bytes of the exported weights where only B is said.
 * @throws NasDistillError BUDGET_SYNTAX showing what is accepted
 */
export function parseBudget(text: string): Budget {
  const { metric, limit, text: trimmed } = parseLimit(text);
  return { metric, limit, text: trimmed };
}

/**
 * Reads several budgets, given one by one or with commas between them.
 * @param devices those that the study names beside its budgets
 * @throws NasDistillError BUDGET_SYNTAX also for two limits on one cost, or a time without the device that it is for
 */
export function parseBudgets(texts: readonly string[], devices: readonly string[] = []): Budget[] {
  return parseTargets(texts, devices).budgets;
}

/**
 * Reads budgets and the devices that a study aims at: those listed and those that a budget names, or this machine if a
 * budget is a time and no device is named anywhere. Of one device the cost is `latency`, of several `latency:NAME`.
 * @throws NasDistillError BUDGET_SYNTAX as parseBudgets does
 */
export function parseTargets(
  texts: readonly string[],
  devices: readonly string[] = [],
): { budgets: Budget[]; targets: DeviceTarget[] } {
  const limits = texts.flatMap((text) => text.split(',')).map(parseLimit);
  const times = limits.filter((limit) => limit.metric === 'latency');
  const named = new Set([...devices, ...times.flatMap(({ device }) => device ?? [])]);
  if (named.size === 0 && times.length > 0) named.add(localDevice);
  const metricOf = (name: string): LatencyCost => (named.size > 1 ? `latency:${name}` : 'latency');
  const budgets = limits.map((limit): Budget => {
    const { text } = limit;
    if (limit.metric !== 'latency') return { metric: limit.metric, limit: limit.limit, text };
    const name = limit.device ?? (named.size === 1 ? [...named][0] : undefined);
    if (name !== undefined) return { metric: metricOf(name), limit: limit.limit, text };
    throw new NasDistillError('BUDGET_SYNTAX', `budget '${text}' does not say which device it is for`, {
      hint: `Write it like ${[...named].map((device) => `${device}:${text}`).join(' or ')}.`,
    });
  });
  refuseTwice(budgets);
  return { budgets, targets: [...named].map((name) => ({ name, metric: metricOf(name) })) };
}

function refuseTwice(budgets: readonly Budget[]): void {
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
}

/** The cost that a study minimises beside the accuracy: as asked for, else that of its first budget or device. */
export function costObjective(
  budgets: readonly Budget[],
  targets: readonly DeviceTarget[] = [],
  asked?: CostName,
): CostName {
  return asked ?? budgets[0]?.metric ?? targets[0]?.metric ?? 'bytes';
}

function parseLimit(text: string): Limit {
  const trimmed = text.trim();
  const time = /^(?:([^\s:]+)\s*:\s*)?(\d+(?:\.\d+)?|\.\d+)\s*(us|µs|μs|ms|s)$/i.exec(trimmed);
  if (time) {
    const [, device, number, unit] = time;
    const limit = Number(number) * times[unit.toLowerCase()];
    if (!(limit > 0)) throw syntaxError(text, 'a limit must be more than 0');
    return { metric: 'latency', limit, text: trimmed, ...(device === undefined ? {} : { device }) };
  }
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*([kmg]i?)?\s*(b|b-memory|params|macs)$/i.exec(trimmed);
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
  return { metric, limit, text: trimmed };
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
