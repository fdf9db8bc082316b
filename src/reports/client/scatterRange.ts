import { limitsOn, valueOf, type Quantity } from './quantities.js';
import type { PageTrial } from './PageData.js';
import type { Report } from './Report.js';
import type { View } from './state.js';

type Range = [number, number];

/** Whether an axis is logarithmic: costs may be, an accuracy never is. */
export function isLog(quantity: Quantity, { scale }: Pick<View, 'scale'>): boolean {
  return quantity !== 'accuracy' && scale === 'log';
}

/** Ranges of both axes (in decades on a log scale): around the front and its rivals, or around all that was measured. */
export function scatterRange(report: Report, view: View): { x: Range; y: Range } {
  const { trials } = report.data;
  const placed = trials.filter((t) => valueOf(t, view.x) !== null && valueOf(t, view.y) !== null);
  const shown = view.range === 'all' ? placed : [...report.front(view), ...report.baselines, ...better(report)];
  return { x: rangeOf(report, view, view.x, shown), y: rangeOf(report, view, view.y, shown) };
}

function rangeOf(report: Report, view: View, quantity: Quantity, shown: readonly PageTrial[]): Range {
  const values = shown.flatMap((trial) => valueOf(trial, quantity) ?? []);
  for (const { teacher } of report.data.studies) {
    if (teacher === null) continue;
    const value = valueOf(teacher, quantity);
    if (value !== null && value > 0) values.push(value);
  }
  values.push(
    ...limitsOn(
      quantity,
      report.data.studies.map((study) => study.budgets),
    ),
  );
  const log = isLog(quantity, view);
  const [low, high] = extent(values.map((value) => (log ? Math.log10(Math.max(value, 1e-9)) : value)));
  if (quantity !== 'accuracy') return pad(low, high, 0.05);
  const [bottom, top] = pad(low, high, 0.08);
  return [Math.max(-0.02, bottom), Math.min(1.02, top)];
}

/** The upper nine tenths of the students: a few that learnt nothing would squeeze all others. */
function better(report: Report) {
  const accuracies = Float64Array.from(report.students, (trial) => trial.accuracy).sort();
  const least = accuracies[accuracies.length - Math.ceil(accuracies.length * 0.9)] ?? 0;
  return report.students.filter((trial) => trial.accuracy >= least);
}

function extent(values: readonly number[]): Range {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : [0, 1];
}

function pad(low: number, high: number, share: number): Range {
  const margin = (high - low) * share || Math.abs(high) * 0.05 || 1;
  return [low - margin, high + margin];
}
