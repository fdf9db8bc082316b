import { costNames, type Budget, type CostName } from '../costs/CostModel.js';
import { formatCost } from '../costs/registry.js';
import type { ReportTeacher, ReportTrial, Verdict } from './ReportData.js';

const titles: Readonly<Record<CostName, string>> = {
  bytes: 'bytes',
  params: 'parameters',
  macs: 'MACs',
  memory: 'peak memory',
};

/** The study's outcome: the most accurate student within the budget, against the teacher and the scaled baseline. */
export function verdictOf(
  trials: readonly ReportTrial[],
  teacher: ReportTeacher | null,
  budgets: readonly Budget[],
): Verdict {
  const best = trials.filter(isStudent).sort(byAccuracy)[0];
  if (best === undefined || best.accuracy === null) {
    return { headline: 'No student has been distilled to the end yet.', details: [], best: null };
  }
  const details: string[] = [];
  const metric = budgets[0]?.metric ?? costNames[0];
  const budgetText = budgets.length === 0 ? '' : ` of the budget of ${budgets.map((b) => b.text).join(', ')}`;
  details.push(`${percent(best.accuracy)} accuracy with ${formatCost(metric, best.costs[metric])}${budgetText}.`);
  const baseline = baselineAt(trials, metric, best.costs[metric]);
  if (baseline !== null) {
    const points = (best.accuracy - baseline.accuracy) * 100;
    const size = `${Math.abs(points).toFixed(1)} points`;
    const relation = Math.abs(points) < 0.05 ? 'Level with' : points > 0 ? `${size} above` : `${size} below`;
    details.push(`${relation} the uniformly scaled baseline ${baseline.where} ${titles[metric]}.`);
  }
  const smaller = smallerRival(trials, best.number, best.accuracy, metric, best.costs[metric]);
  if (smaller !== null) details.push(smaller);
  if (teacher === null) {
    return {
      headline: `Trial ${best.number} is the best student: ${percent(best.accuracy)}.`,
      details,
      best: best.number,
    };
  }
  details.unshift(`The teacher, ${teacher.name}, reaches ${percent(teacher.accuracy)}.`);
  const kept = best.accuracy / teacher.accuracy;
  const ratio = teacher.costs[metric] / best.costs[metric];
  const size =
    !Number.isFinite(ratio) || ratio <= 0
      ? `with ${formatCost(metric, best.costs[metric])}`
      : ratio >= 1.05
        ? `with ${formatRatio(ratio)} times fewer ${titles[metric]}`
        : `with as many ${titles[metric]} as the teacher or more`;
  const headline = `Trial ${best.number} keeps ${percent(kept)} of the teacher’s accuracy ${size}.`;
  return { headline: metric === 'memory' ? headline.replace('fewer', 'less') : headline, details, best: best.number };
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
