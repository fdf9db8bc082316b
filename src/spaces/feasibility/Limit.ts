/** Costs of one architecture by metric, such as { bytes, params, macs, memory }. */
export type CostValues = Readonly<Record<string, number>>;

/** An upper limit on one cost; a Budget of the room costs is one. */
export interface Limit<Metric extends string = string> {
  readonly metric: Metric;
  readonly limit: number;
  /** As the user wrote it. */
  readonly text: string;
}

/** Excess over each limit as a share of it; 0 where it is met. */
export function violationsOf(costs: CostValues, limits: readonly Limit[]): number[] {
  return limits.map(({ metric, limit }) => Math.max(0, costs[metric] - limit) / limit);
}

/** Sum of violationsOf: 0 fits. */
export function totalViolation(costs: CostValues, limits: readonly Limit[]): number {
  return violationsOf(costs, limits).reduce((a, b) => a + b, 0);
}
