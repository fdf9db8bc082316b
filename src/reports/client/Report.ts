import { front as nonDominated } from '../../core/pareto.js';
import { costNames, costNamesOf, type CostName } from '../../costs/CostModel.js';
import type { ReportData, ReportTrial } from '../ReportData.js';

/** A trial that has an accuracy to draw. */
export type Measured = ReportTrial & { readonly accuracy: number };

export type Kind = 'front' | 'student' | 'pruned' | 'baseline' | 'over' | 'infeasible' | 'failed' | 'open';

/** The data of the page with what is derived from it; fronts are kept per cost. */
export interface Report {
  readonly data: ReportData;
  trial(number: number): ReportTrial | undefined;
  /** Students of the budget that none is both smaller and more accurate than; by cost. */
  front(metric: CostName): readonly Measured[];
  kindOf(trial: ReportTrial, metric: CostName): Kind;
  /** Trials that count towards the front. */
  readonly students: readonly Measured[];
  readonly baselines: readonly Measured[];
  readonly promoted: ReadonlySet<number>;
  /** The costs that the trials have. */
  readonly costNames: readonly CostName[];
  /** Names of all final metrics. */
  readonly metricNames: ReadonlySet<string>;
}

export function createReport(data: ReportData): Report {
  const byNumber = new Map(data.trials.map((trial) => [trial.number, trial]));
  const complete = data.trials.filter(isMeasured).filter((trial) => trial.state === 'COMPLETE');
  const students = complete.filter((trial) => trial.origin !== 'baseline' && trial.fits);
  const fronts = new Map<CostName, { list: readonly Measured[]; set: ReadonlySet<number> }>();
  const front = (metric: CostName) => {
    let found = fronts.get(metric);
    if (found === undefined) {
      const points = students.map((trial) => [trial.costs[metric], -trial.accuracy]);
      const list = nonDominated(points)
        .map((i) => students[i])
        .sort((a, b) => a.costs[metric] - b.costs[metric] || a.number - b.number);
      found = { list, set: new Set(list.map((trial) => trial.number)) };
      fronts.set(metric, found);
    }
    return found;
  };
  return {
    data,
    trial: (number) => byNumber.get(number),
    front: (metric) => front(metric).list,
    kindOf(trial, metric) {
      if (trial.state === 'FAILED') return 'failed';
      if (trial.state === 'INFEASIBLE') return 'infeasible';
      if (trial.state === 'PRUNED') return 'pruned';
      if (trial.state !== 'COMPLETE') return 'open';
      if (trial.origin === 'baseline') return 'baseline';
      if (!trial.fits) return 'over';
      return front(metric).set.has(trial.number) ? 'front' : 'student';
    },
    students,
    baselines: complete.filter((trial) => trial.origin === 'baseline'),
    promoted: new Set(data.promotions.map((promotion) => promotion.trial)),
    costNames: data.trials.length === 0 ? costNames : costNamesOf(data.trials[0].costs),
    metricNames: new Set(data.trials.flatMap((trial) => Object.keys(trial.metrics))),
  };
}

export function isMeasured(trial: ReportTrial): trial is Measured {
  return trial.accuracy !== null;
}
