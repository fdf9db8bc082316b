import { plotText, formatCost, formatPercent } from './format.js';
import { isMeasured, type Measured, type Report } from './Report.js';
import { paletteOf } from './theme.js';
import type { Trace } from './plotly.js';
import type { View } from './state.js';

/** Marker shapes, also drawn by the legend: each kind is told by its shape alone. */
export const symbols = {
  front: 'circle',
  student: 'circle',
  pruned: 'x-thin',
  over: 'circle-open',
  baseline: 'diamond',
  teacher: 'star',
  promoted: 'hexagon2-open',
} as const;

/** The scatter's layers, from the crowd at the bottom to the selection on top. */
export function scatterTraces(report: Report, view: View): Trace[] {
  const colours = paletteOf(view.theme);
  const { metric } = view;
  const many = report.data.trials.length > 1500;
  const measured = report.data.trials.filter(isMeasured);
  const kind = new Map(measured.map((trial) => [trial.number, report.kindOf(trial, metric)]));
  const of = (wanted: string) => measured.filter((trial) => kind.get(trial.number) === wanted);
  const points = (trials: readonly Measured[], marker: Trace, more: Trace = {}): Trace => ({
    type: 'scatter',
    mode: 'markers',
    x: trials.map((trial) => trial.costs[metric]),
    y: trials.map((trial) => trial.accuracy),
    customdata: trials.map((trial) => trial.number),
    text: trials.map((trial) => hoverOf(trial, report, view)),
    hovertemplate: '%{text}<extra></extra>',
    marker,
    ...more,
  });
  const front = report.front(metric);
  const baselines = [...report.baselines].sort((a, b) => a.costs[metric] - b.costs[metric]);
  const promoted = measured.filter((trial) => report.promoted.has(trial.number));
  const selected = measured.filter((trial) => trial.number === view.selected);
  // A teacher whose cost is unknown (0) has no place on the axis; its accuracy is drawn as a line by the layout.
  const teacher = report.data.teacher !== null && report.data.teacher.costs[metric] > 0 ? report.data.teacher : null;
  return [
    points(of('pruned'), { symbol: symbols.pruned, size: many ? 5 : 7, color: colours.pruned, opacity: many ? 0.5 : 0.85, line: { width: 1.4, color: colours.pruned } }),
    points(of('over'), { symbol: symbols.over, size: many ? 4 : 7, color: colours.dominated, opacity: many ? 0.5 : 0.9 }),
    points(of('student'), { symbol: symbols.student, size: many ? 4 : 7.5, color: colours.dominated, opacity: many ? 0.45 : 0.75 }),
    points(baselines, { symbol: symbols.baseline, size: 10, color: colours.surface, line: { width: 2, color: colours.baseline } }, { mode: 'lines+markers', line: { color: colours.baseline, width: 1.5, dash: 'dot' } }),
    points(front, { symbol: symbols.front, size: 11, color: colours.front, line: { width: 1.5, color: colours.surface } }, { mode: 'lines+markers', line: { color: colours.front, width: 2, shape: 'hv' } }),
    points(promoted, { symbol: symbols.promoted, size: 18, color: colours.promoted, line: { width: 2.2, color: colours.promoted } }),
    {
      type: 'scatter',
      mode: 'markers+text',
      x: teacher === null ? [] : [teacher.costs[metric]],
      y: teacher === null ? [] : [teacher.accuracy],
      text: teacher === null ? [] : ['teacher'],
      textposition: 'bottom center',
      textfont: { color: colours.teacher, size: 12 },
      hovertext: teacher === null ? [] : [`Teacher ${plotText(teacher.name)}<br>${formatPercent(teacher.accuracy)} · ${formatCost(metric, teacher.costs[metric])}`],
      hovertemplate: '%{hovertext}<extra></extra>',
      marker: { symbol: symbols.teacher, size: 17, color: colours.teacher, line: { width: 1.5, color: colours.surface } },
    },
    points(selected, { symbol: 'circle-open', size: 27, color: colours.ink, line: { width: 2, color: colours.ink } }, { hoverinfo: 'skip', hovertemplate: null }),
  ];
}

/** Plain lines: plotly would set bold text by a style attribute, which the page's policy forbids. */
function hoverOf(trial: Measured, report: Report, view: View): string {
  const name = trial.origin === 'baseline' ? `Baseline ×${trial.width ?? '?'}` : `Trial ${trial.number}`;
  const state = trial.state === 'PRUNED' ? ' · pruned' : report.promoted.has(trial.number) ? ' · promoted' : '';
  return `${name}${state}<br>${formatPercent(trial.accuracy)} · ${formatCost(view.metric, trial.costs[view.metric])}`;
}
