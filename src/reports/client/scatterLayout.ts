import { byId } from './dom.js';
import { costTitle, formatCost } from './format.js';
import { costTicks } from './costTicks.js';
import { axis, baseLayout, type Layout } from './plotly.js';
import { scatterRange } from './scatterRange.js';
import { paletteOf } from './theme.js';
import type { Report } from './Report.js';
import type { View } from './state.js';

/** The axes, the budget with the infeasible side shaded and named, and the teacher's accuracy. */
export function scatterLayout(report: Report, view: View): Layout {
  const colours = paletteOf(view.theme);
  const range = scatterRange(report, view);
  const budget = report.data.budgets.find((item) => item.metric === view.metric);
  const log = view.scale === 'log';
  const place = (x: number) => (log ? Math.log10(x) : x);
  const shapes = [];
  const annotations = [];
  if (budget !== undefined) {
    // Far beyond what can be seen, so that the side stays shaded when the reader zooms out.
    const end = 1e6 * Math.max(budget.limit, log ? 10 ** range.x[1] : range.x[1]);
    const side = { xref: 'x', yref: 'paper', y0: 0, y1: 1, x0: budget.limit, layer: 'below' };
    const note = {
      x: place(budget.limit),
      xref: 'x',
      yref: 'paper',
      showarrow: false,
      font: { size: 11, color: colours.budget },
    };
    shapes.push(
      { ...side, type: 'rect', x1: end, line: { width: 0 }, fillcolor: colours.shade },
      { ...side, type: 'line', x1: budget.limit, line: { color: colours.budget, width: 1.5, dash: 'dash' } },
    );
    if (place(budget.limit) < range.x[1]) {
      annotations.push(
        { ...note, y: 1, yanchor: 'top', xanchor: 'right', text: `budget ${formatCost(view.metric, budget.limit)} ` },
        { ...note, y: 0, yanchor: 'bottom', xanchor: 'left', textangle: -90, text: ' does not fit' },
      );
    }
  }
  if (report.data.teacher !== null) {
    const { accuracy } = report.data.teacher;
    const line = { color: colours.teacher, width: 1, dash: 'dot' };
    shapes.push({ type: 'line', xref: 'paper', x0: 0, x1: 1, y0: accuracy, y1: accuracy, layer: 'below', line });
  }
  const most = Math.max(4, Math.floor(byId('scatter').clientWidth / 85));
  const ticks = costTicks(view.metric, range.x, log, most);
  return {
    ...baseLayout(colours),
    hovermode: false,
    dragmode: view.drag === 'zoom' ? 'zoom' : false,
    xaxis: axis(colours, costTitle(view.metric), { type: log ? 'log' : 'linear', range: range.x, ...ticks }),
    yaxis: axis(colours, 'Validation accuracy', { range: range.y, tickformat: '.0%' }),
    shapes,
    annotations,
  };
}
