import { isMeasured, type Measured, type Report } from './Report.js';
import { paletteOf } from './theme.js';
import type { Selection } from './selection.js';
import type { Trace } from './plotly.js';
import type { View } from './state.js';

/** The scatter's layers above the crowd (crowd.ts), the selection on top. Each kind is told by its shape alone. */
export function scatterTraces(report: Report, view: View, selection: Selection): Trace[] {
  const colours = paletteOf(view.theme);
  const { metric } = view;
  const points = (trials: readonly Measured[], marker: Trace, more: Trace = {}): Trace => ({
    type: 'scatter',
    mode: 'markers',
    x: trials.map((trial) => trial.costs[metric]),
    y: trials.map((trial) => trial.accuracy),
    customdata: trials.map((trial) => trial.number),
    hoverinfo: 'skip',
    marker: { opacity: trials.map((trial) => (selection.has(trial) ? 1 : 0.15)), ...marker },
    ...more,
  });
  const baselines = [...report.baselines].sort((a, b) => a.costs[metric] - b.costs[metric]);
  const present = (numbers: readonly number[]) =>
    numbers.flatMap((n) => [report.trial(n)].filter((t) => t !== undefined).filter(isMeasured));
  // A teacher whose cost is unknown (0) has no place on the axis; its accuracy is drawn as a line by the layout.
  const teacher = report.data.teacher !== null && report.data.teacher.costs[metric] > 0 ? report.data.teacher : null;
  return [
    points(
      baselines,
      { symbol: 'diamond', size: 10, color: colours.surface, line: { width: 2, color: colours.baseline } },
      { mode: 'lines+markers', line: { color: colours.baseline, width: 1.5, dash: 'dot' } },
    ),
    points(
      report.front(metric),
      { symbol: 'circle', size: 11, color: colours.front, line: { width: 1.5, color: colours.surface } },
      { mode: 'lines+markers', line: { color: colours.front, width: 2, shape: 'hv' } },
    ),
    points(present([...report.promoted]), {
      symbol: 'hexagon2-open',
      size: 18,
      color: colours.promoted,
      line: { width: 2.2, color: colours.promoted },
    }),
    {
      type: 'scatter',
      mode: 'markers+text',
      x: teacher === null ? [] : [teacher.costs[metric]],
      y: teacher === null ? [] : [teacher.accuracy],
      text: teacher === null ? [] : ['teacher'],
      // To the left: it stands at the right end of the axis.
      textposition: 'bottom left',
      textfont: { color: colours.teacher, size: 12 },
      hoverinfo: 'skip',
      marker: { symbol: 'star', size: 17, color: colours.teacher, line: { width: 1.5, color: colours.surface } },
    },
    points(present(view.compared), {
      symbol: 'square-open',
      size: 21,
      opacity: 1,
      color: colours.ink,
      line: { width: 1.4, color: colours.ink },
    }),
    points(present(view.selected === null ? [] : [view.selected]), {
      symbol: 'circle-open',
      size: 27,
      opacity: 1,
      color: colours.ink,
      line: { width: 2, color: colours.ink },
    }),
  ];
}
