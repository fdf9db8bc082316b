import { violations } from '../costs/budgets.js';
import type { Trial } from '../store/types.js';
import type { SearchParts } from './SearchParts.js';

/** The uniformly scaled family, as far as it fits the budget and was not stored before. */
export function createBaselines(parts: SearchParts, past: readonly Trial[]): Trial[] {
  const stored = new Set(past.filter((trial) => trial.origin === 'baseline').map((trial) => trial.baselineWidth));
  return parts.config.baselineWidths
    .filter((width) => !stored.has(width))
    .map((width) => ({ width, ...parts.baseline(width) }))
    .filter(({ costs }) => violations(costs, parts.budgets).every((v) => v <= 0))
    .map(({ width, spec, costs }) =>
      parts.store.createTrial(parts.study, {
        origin: 'baseline',
        architectureId: `baseline-${width}`,
        architecture: { choices: {} },
        spec,
        costs,
        baselineWidth: width,
      }),
    );
}
