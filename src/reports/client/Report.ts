import { front as nonDominated } from '../../core/pareto.js';
import { costNames, isCostName, type CostName } from '../../costs/CostModel.js';
import type { ReportData, ReportPromotion } from '../ReportData.js';
import { mergeStudies, type PageData, type PageStudy, type PageTrial } from './PageData.js';
import { lossOf, valueOf, type Axes } from './quantities.js';

/** A trial that has an accuracy to draw. */
export type Measured = PageTrial & { readonly accuracy: number };

export type Kind = 'front' | 'student' | 'pruned' | 'baseline' | 'over' | 'infeasible' | 'failed' | 'open';

/** The data of the page with what is derived from it; fronts are kept by study and axes. */
export interface Report {
  readonly data: PageData;
  /** More than one study. */
  readonly several: boolean;
  trial(key: number): PageTrial | undefined;
  studyOf(trial: PageTrial): PageStudy;
  /** `Trial 12`, with its study where there are several. */
  nameOf(trial: PageTrial): string;
  /** Students within the budget that no other of their study beats in both quantities, along x; of one study or of all. */
  front(axes: Axes, study?: number): readonly Measured[];
  kindOf(trial: PageTrial, axes: Axes): Kind;
  /** Trials that count towards the front. */
  readonly students: readonly Measured[];
  readonly baselines: readonly Measured[];
  readonly promoted: ReadonlySet<number>;
  promotionOf(trial: PageTrial): ReportPromotion | undefined;
  /** The costs that any trial has. */
  readonly costNames: readonly CostName[];
  /** Names of all final metrics. */
  readonly metricNames: ReadonlySet<string>;
  /** Names of all that was measured on devices. */
  readonly measuredNames: ReadonlySet<string>;
}

interface Front {
  readonly list: readonly Measured[];
  readonly keys: ReadonlySet<number>;
}

export function createReport(reports: ReportData | readonly ReportData[]): Report {
  const data = mergeStudies('trials' in reports ? [reports] : reports);
  const { studies, trials } = data;
  const several = studies.length > 1;
  const byKey = new Map(trials.map((trial) => [trial.key, trial]));
  const complete = trials.filter(isMeasured).filter((trial) => trial.state === 'COMPLETE');
  const students = complete.filter((trial) => trial.origin !== 'baseline' && trial.fits);
  const fronts = new Map<string, Front>();
  const frontOf = (axes: Axes, study: number): Front => {
    const name = `${study} ${axes.x} ${axes.y}`;
    let found = fronts.get(name);
    if (found === undefined) {
      const placed = students.flatMap((trial) => {
        const [x, y] = [valueOf(trial, axes.x), valueOf(trial, axes.y)];
        return trial.study !== study || x === null || y === null
          ? []
          : [{ trial, x, point: [lossOf(x, axes.x), lossOf(y, axes.y)] }];
      });
      const list = nonDominated(placed.map(({ point }) => point))
        .map((i) => placed[i])
        .sort((a, b) => a.x - b.x || a.trial.number - b.trial.number)
        .map(({ trial }) => trial);
      found = { list, keys: new Set(list.map((trial) => trial.key)) };
      fronts.set(name, found);
    }
    return found;
  };
  const promotions = new Map(
    studies.flatMap((study) =>
      study.promotions.flatMap((promotion) => {
        const trial = trials.find((item) => item.study === study.index && item.number === promotion.trial);
        return trial === undefined ? [] : [[trial.key, promotion] as const];
      }),
    ),
  );
  return {
    data,
    several,
    trial: (key) => byKey.get(key),
    studyOf: (trial) => studies[trial.study],
    nameOf: (trial) => `Trial ${trial.number}${several ? ` of ${studies[trial.study].name}` : ''}`,
    front: (axes, study) =>
      study === undefined ? studies.flatMap(({ index }) => frontOf(axes, index).list) : frontOf(axes, study).list,
    kindOf(trial, axes) {
      if (trial.state === 'FAILED') return 'failed';
      if (trial.state === 'INFEASIBLE') return 'infeasible';
      if (trial.state === 'PRUNED') return 'pruned';
      if (trial.state !== 'COMPLETE') return 'open';
      if (trial.origin === 'baseline') return 'baseline';
      if (!trial.fits) return 'over';
      return frontOf(axes, trial.study).keys.has(trial.key) ? 'front' : 'student';
    },
    students,
    baselines: complete.filter((trial) => trial.origin === 'baseline'),
    promoted: new Set(promotions.keys()),
    promotionOf: (trial) => promotions.get(trial.key),
    costNames: [
      ...costNames,
      ...new Set(
        trials.flatMap((trial) => Object.keys(trial.costs).filter(isCostName)).filter((name) => !isCounted(name)),
      ),
    ],
    measuredNames: new Set(trials.flatMap((trial) => Object.keys(trial.measured ?? {}))),
    metricNames: new Set(trials.flatMap((trial) => Object.keys(trial.metrics))),
  };
}

function isCounted(name: CostName): boolean {
  return costNames.some((counted) => counted === name);
}

export function isMeasured(trial: PageTrial): trial is Measured {
  return trial.accuracy !== null;
}
