import { costNames, isLatency, type Budget, type CostName, type CountedCost } from '../costs/CostModel.js';
import { formatCost } from '../costs/registry.js';
import type { ReportTeacher, ReportTrial, Verdict } from './ReportData.js';

const titles: Readonly<Record<CountedCost, string>> = {
  bytes: 'bytes',
  params: 'parameters',
  macs: 'MACs',
  memory: 'peak memory',
};

const titleOf = (metric: CostName) => (isLatency(metric) ? 'latency' : titles[metric]);
/** What is measured rather than counted: less of it, not fewer. */
const isMass = (metric: CostName) => metric === 'memory' || isLatency(metric);

/**
 * The study's outcome: the most accurate student within the budget, against the teacher and the scaled baseline. What
 * speaks against the search (a baseline that is ahead, a teacher that is smaller) is said first.
 */
export function verdictOf(
  trials: readonly ReportTrial[],
  teacher: ReportTeacher | null,
  budgets: readonly Budget[],
): Verdict {
  const best = trials.filter(isStudent).sort(byAccuracy).find(hasAccuracy);
  if (best === undefined) {
    return { headline: 'No student has been distilled to the end yet.', details: [], best: null };
  }
  const metric = budgets[0]?.metric ?? costNames[0];
  const cost = best.costs[metric];
  const budgetText = budgets.length === 0 ? '' : ` of the budget of ${budgets.map((b) => b.text).join(', ')}`;
  const own = `${percent(best.accuracy)} accuracy with ${formatCost(metric, cost)}${budgetText}.`;
  const against =
    teacher === null
      ? `Trial ${best.number} is the best student: ${percent(best.accuracy)}.`
      : againstTeacher(best, teacher, metric);
  const facing = teacher === null ? [] : [`The teacher, ${teacher.name}, reaches ${percent(teacher.accuracy)}.`];
  const rivals = [
    teacher === null ? null : smallerThanTeacher(trials, best, teacher, metric),
    smallerRival(trials, best.number, best.accuracy, metric, cost),
  ].filter((text) => text !== null);
  const ahead = dominatingBaseline(trials, best, metric);
  if (ahead !== null) {
    const headline = `The uniformly scaled baseline is ahead of the search: width ×${ahead.width ?? '?'} reaches ${percent(ahead.accuracy)} with ${formatCost(metric, ahead.costs[metric])}, ${ahead.accuracy > best.accuracy ? 'more accurate than every student' : 'as accurate as the best student and smaller'}.`;
    return { headline, details: [against, ...facing, own, ...rivals], best: best.number };
  }
  const beside = besideBaseline(trials, best, metric);
  return {
    headline: against,
    details: [...facing, own, ...(beside === null ? [] : [beside]), ...rivals],
    best: best.number,
  };
}

/** A teacher that does not know the student's data teaches noise: said before anything else. */
export function withCoverage(verdict: Verdict, warnings: readonly string[]): Verdict {
  if (warnings.length === 0) return verdict;
  const said = `The teacher does not cover this data: ${warnings.join('; ')}.`;
  return { ...verdict, details: [said, ...verdict.details] };
}

/** The best student's accuracy and cost, each by its relation to the teacher's. */
function againstTeacher(best: Finished, teacher: ReportTeacher, metric: CostName): string {
  const kept = best.accuracy / teacher.accuracy;
  const points = (best.accuracy - teacher.accuracy) * 100;
  const ratio = teacher.costs[metric] / best.costs[metric];
  const known = Number.isFinite(ratio) && ratio > 0;
  if (known && ratio < 1 / 1.05 && points < 0) {
    return `Trial ${best.number}, the best student, is larger than the teacher and less accurate: ${percent(kept)} of its accuracy with ${formatRatio(1 / ratio)} times more ${titleOf(metric)}.`;
  }
  const accuracy =
    points >= 0.05
      ? `Trial ${best.number} is ${points.toFixed(1)} points more accurate than the teacher`
      : `Trial ${best.number} keeps ${percent(Math.min(kept, 1))} of the teacher’s accuracy`;
  const many = isMass(metric) ? 'much' : 'many';
  const size = !known
    ? `with ${formatCost(metric, best.costs[metric])}`
    : ratio >= 1.05
      ? `with ${formatRatio(ratio)} times ${isMass(metric) ? 'less' : 'fewer'} ${titleOf(metric)}`
      : ratio >= 1 / 1.05
        ? `with about as ${many} ${titleOf(metric)}`
        : `but is larger: ${formatRatio(1 / ratio)} times more ${titleOf(metric)}`;
  return `${accuracy} ${size}.`;
}

/** Where the best student is no smaller than the teacher: the best one that is, or that there is none. */
function smallerThanTeacher(
  trials: readonly ReportTrial[],
  best: Finished,
  teacher: ReportTeacher,
  metric: CostName,
): string | null {
  const limit = teacher.costs[metric];
  if (!(limit > 0) || best.costs[metric] < limit) return null;
  const smaller = trials
    .filter((t) => isStudent(t) && t.costs[metric] < limit)
    .sort(byAccuracy)
    .find(hasAccuracy);
  return smaller === undefined
    ? `No student has fewer ${titleOf(metric)} than the teacher: a smaller budget would make them worth their distillation.`.replace(
        'fewer peak',
        'less peak',
      )
    : `Among those smaller than the teacher, trial ${smaller.number} is the best: ${percent(smaller.accuracy)} with ${formatCost(metric, smaller.costs[metric])}.`;
}

/** The baseline that is at least as accurate as every student for no more cost than the best one's, and truly better in one. */
function dominatingBaseline(trials: readonly ReportTrial[], best: Finished, metric: CostName): Finished | null {
  const ahead = trials
    .filter(hasAccuracy)
    .filter((t) => t.origin === 'baseline' && t.state === 'COMPLETE' && t.fits)
    .filter((t) => t.accuracy >= best.accuracy && t.costs[metric] <= best.costs[metric])
    .filter((t) => t.accuracy > best.accuracy || t.costs[metric] < best.costs[metric]);
  return ahead.sort(byAccuracy)[0] ?? null;
}

/** The best student beside the baseline at the same cost, which is read between two widths. */
function besideBaseline(trials: readonly ReportTrial[], best: Finished, metric: CostName): string | null {
  const baseline = baselineAt(trials, metric, best.costs[metric]);
  if (baseline === null) return null;
  const points = (best.accuracy - baseline.accuracy) * 100;
  const place = `the uniformly scaled baseline ${baseline.where} ${titleOf(metric)}`;
  if (Math.abs(points) < 0.05) return `Level with ${place}.`;
  if (points > 0) return `${points.toFixed(1)} points above ${place}.`;
  return `${(-points).toFixed(1)} points below ${place}: the search has not paid off yet.`;
}

type Finished = ReportTrial & { readonly accuracy: number };

function hasAccuracy(trial: ReportTrial): trial is Finished {
  return trial.accuracy !== null;
}

/** Distilled to the end by the search, within every budget. */
export function isStudent(trial: ReportTrial): boolean {
  return trial.state === 'COMPLETE' && trial.origin !== 'baseline' && trial.fits && trial.accuracy !== null;
}

/**
 * Accuracy of the uniformly scaled family at a cost: linear in the logarithm of the cost between the two nearest widths,
 * the nearest width beyond the ends; null without a finished baseline.
 */
export function baselineAt(
  trials: readonly ReportTrial[],
  metric: CostName,
  cost: number,
): { accuracy: number; where: string } | null {
  const family = trials
    .filter((t) => t.origin === 'baseline' && t.state === 'COMPLETE')
    .flatMap((t) => (t.accuracy === null ? [] : [{ cost: t.costs[metric], accuracy: t.accuracy }]))
    .sort((a, b) => a.cost - b.cost);
  const first = family.at(0);
  const last = family.at(-1);
  if (first === undefined || last === undefined) return null;
  if (cost <= first.cost)
    return {
      accuracy: first.accuracy,
      where: cost === first.cost ? 'at equal' : 'of the smallest width, which has more',
    };
  if (cost >= last.cost)
    return {
      accuracy: last.accuracy,
      where: cost === last.cost ? 'at equal' : 'of the largest width, which has fewer',
    };
  const right = family.findIndex((p) => p.cost >= cost);
  const [low, high] = [family[right - 1], family[right]];
  const share = Math.log(cost / low.cost) / Math.log(high.cost / low.cost);
  return { accuracy: low.accuracy + share * (high.accuracy - low.accuracy), where: 'at equal' };
}

/** The smallest student within one point of the best, if it is much smaller: often the one to take. */
function smallerRival(
  trials: readonly ReportTrial[],
  best: number,
  accuracy: number,
  metric: CostName,
  cost: number,
): string | null {
  const near = trials
    .filter((trial) => trial.number !== best && isStudent(trial) && (trial.accuracy ?? 0) >= accuracy - 0.01)
    .sort((a, b) => a.costs[metric] - b.costs[metric])
    .at(0);
  if (near === undefined || cost / near.costs[metric] < 1.3) return null;
  return `Trial ${near.number} comes within one point of it with ${formatCost(metric, near.costs[metric])}.`;
}

function byAccuracy(a: ReportTrial, b: ReportTrial): number {
  return (b.accuracy ?? 0) - (a.accuracy ?? 0) || a.costs.bytes - b.costs.bytes || a.number - b.number;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function formatRatio(ratio: number): string {
  return ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(1);
}
