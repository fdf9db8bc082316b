import Table from 'cli-table3';
import { isCostName } from '../costs/CostModel.js';
import { formatCost } from '../costs/registry.js';
import type { FeasibilityProfile } from '../spaces/feasibility/feasibilityProfile.js';

/** What a space costs and whether the budget can be met, as `search` prints it before anything is trained. */
export function describeProfile(profile: FeasibilityProfile): string {
  const table = new Table({ head: ['cost', 'smallest', 'median', 'largest'], style: { head: [], border: [] } });
  for (const metric of Object.keys(profile.costs).filter(isCostName)) {
    const range = profile.costs[metric];
    table.push([metric, ...[range.smallest, range.median, range.largest].map((value) => formatCost(metric, value))]);
  }
  const share = (value: number) =>
    value === 0
      ? `fewer than 1 in ${profile.samples}`
      : value >= 0.995
        ? 'nearly all'
        : `about ${(100 * value).toFixed(value < 0.1 ? 1 : 0)} %`;
  const budgets = profile.budgets.map(({ limit, met, share: part }) =>
    met ? `budget ${limit.text}: can be met, ${share(part)} of the space fits` : `budget ${limit.text}: cannot be met`,
  );
  const together =
    profile.budgets.length > 1
      ? [
          `all budgets together: ${profile.together.met ? `can be met, ${share(profile.together.share)} fits` : 'cannot be met'}`,
        ]
      : [];
  const count =
    profile.count > 1_000_000_000n ? `${Number(profile.count).toExponential(1)}` : profile.count.toLocaleString('en');
  return [`space ${profile.space}: ${count} architectures`, table.toString(), ...budgets, ...together].join('\n');
}

/** The same as plain data (a bigint has no JSON form). */
export function profileDocument(profile: FeasibilityProfile) {
  const { count, costs, samples, space } = profile;
  return { space, count: count.toString(), samples, costs };
}
