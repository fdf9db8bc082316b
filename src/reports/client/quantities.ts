import { isCostName, isLatency, type CostName } from '../../costs/CostModel.js';
import type { Budget } from '../../costs/CostModel.js';
import { costTitle, formatCost, formatPercent } from './format.js';
import type { PageTrial } from './PageData.js';

/** What an axis of the main plot may show. */
export type Quantity = 'accuracy' | CostName;

/** The two quantities that the front is drawn over; never the same one twice. */
export interface Axes {
  readonly x: Quantity;
  readonly y: Quantity;
}

export function isQuantity(name: string): name is Quantity {
  return name === 'accuracy' || isCostName(name);
}

/** Null where it was not measured, or the trial's study does not count it. */
export function valueOf(trial: Pick<PageTrial, 'accuracy' | 'costs'>, quantity: Quantity): number | null {
  return quantity === 'accuracy' ? trial.accuracy : (trial.costs[quantity] ?? null);
}

/** The same as a loss: less is better. */
export function lossOf(value: number, quantity: Quantity): number {
  return quantity === 'accuracy' ? -value : value;
}

/** The cost that a view is about: for what can only be asked of a cost. */
export function costIn({ x, y }: Axes): CostName {
  return x !== 'accuracy' ? x : y !== 'accuracy' ? y : 'bytes';
}

export function titleOf(quantity: Quantity): string {
  return quantity === 'accuracy' ? 'Accuracy' : costTitle(quantity);
}

/** For buttons: as short as it can be. */
export function shortTitle(quantity: Quantity): string {
  const short = { accuracy: 'Accuracy', bytes: 'Size', params: 'Params', macs: 'MACs', memory: 'Memory' } as const;
  return quantity === 'accuracy' || !isLatency(quantity) ? short[quantity] : costTitle(quantity);
}

export function formatQuantity(quantity: Quantity, value: number | null): string {
  if (value === null) return '–';
  return quantity === 'accuracy' ? formatPercent(value) : formatCost(quantity, value);
}

/** The limits of the studies' budgets on a quantity, each different one once. */
export function limitsOn(quantity: Quantity, budgets: readonly (readonly Budget[])[]): number[] {
  const limits = budgets.flatMap((list) => list.filter(({ metric }) => metric === quantity).map(({ limit }) => limit));
  return [...new Set(limits)].sort((a, b) => a - b);
}
