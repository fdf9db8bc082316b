import { isMeasured, type Report } from './Report.js';
import type { View } from './state.js';

/** Ranges of both axes (x in decades on a log scale): around the front and its rivals, or around all that was measured. */
export function scatterRange(report: Report, view: View): { x: [number, number]; y: [number, number] } {
  const { data } = report;
  const metric = view.metric;
  const measured = data.trials.filter(isMeasured);
  const shown = view.range === 'all' ? measured : [...report.front(metric), ...report.baselines, ...better(report)];
  const xs = shown.map((trial) => trial.costs[metric]);
  const ys = shown.map((trial) => trial.accuracy);
  if (data.teacher !== null) {
    if (data.teacher.costs[metric] > 0) xs.push(data.teacher.costs[metric]);
    ys.push(data.teacher.accuracy);
  }
  const budget = data.budgets.find((item) => item.metric === metric);
  if (budget !== undefined) xs.push(budget.limit);
  const scale = (x: number) => (view.scale === 'log' ? Math.log10(Math.max(x, 1)) : x);
  const [x0, x1] = extent(xs.map(scale), [0, 1]);
  const [y0, y1] = extent(ys, [0, 1]);
  return { x: pad(x0, x1, 0.05), y: [Math.max(-0.02, pad(y0, y1, 0.08)[0]), Math.min(1.02, pad(y0, y1, 0.08)[1])] };
}

/** The upper nine tenths of the students: a few that learnt nothing would squeeze all others. */
function better(report: Report) {
  const accuracies = Float64Array.from(report.students, (trial) => trial.accuracy).sort();
  const least = accuracies[accuracies.length - Math.ceil(accuracies.length * 0.9)] ?? 0;
  return report.students.filter((trial) => trial.accuracy >= least);
}

function extent(values: readonly number[], otherwise: [number, number]): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : otherwise;
}

function pad(low: number, high: number, share: number): [number, number] {
  const margin = (high - low) * share || Math.abs(high) * 0.05 || 1;
  return [low - margin, high + margin];
}
