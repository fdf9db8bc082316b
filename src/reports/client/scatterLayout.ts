import { byId } from './dom.js';
import { costTicks } from './costTicks.js';
import { axis, baseLayout, type Layout } from './plotly.js';
import { formatQuantity, limitsOn, titleOf, valueOf, type Quantity } from './quantities.js';
import { isLog, scatterRange } from './scatterRange.js';
import { paletteOf, type Palette } from './theme.js';
import type { Report } from './Report.js';
import type { View } from './state.js';

/** The axes, the budgets with the infeasible sides shaded and named, and the teacher's accuracy. */
export function scatterLayout(report: Report, view: View): Layout {
  const colours = paletteOf(view.theme);
  const range = scatterRange(report, view);
  const host = byId('scatter');
  const drawn = (['x', 'y'] as const).map((side) => {
    const quantity = view[side];
    const limits = limitsOn(
      quantity,
      report.data.studies.map((study) => study.budgets),
    );
    return budgetLines(side, quantity, limits, range[side][1], isLog(quantity, view), colours);
  });
  const teachers = report.data.studies.flatMap(({ teacher }) => teacher ?? []);
  const accuracies = [...new Set(teachers.map((teacher) => valueOf(teacher, 'accuracy') ?? 0))];
  const line = { color: colours.teacher, width: 1, dash: 'dot' };
  const facing = accuracies.flatMap((accuracy): Layout[] =>
    view.y === 'accuracy'
      ? [{ type: 'line', xref: 'paper', x0: 0, x1: 1, y0: accuracy, y1: accuracy, layer: 'below', line }]
      : view.x === 'accuracy'
        ? [{ type: 'line', yref: 'paper', y0: 0, y1: 1, x0: accuracy, x1: accuracy, layer: 'below', line }]
        : [],
  );
  return {
    ...baseLayout(colours),
    hovermode: false,
    dragmode: view.drag === 'zoom' ? 'zoom' : false,
    xaxis: quantityAxis(view, 'x', range.x, Math.max(4, Math.floor(host.clientWidth / 85)), colours),
    yaxis: quantityAxis(view, 'y', range.y, Math.max(4, Math.floor(host.clientHeight / 60)), colours),
    shapes: [...drawn.flatMap(({ shapes }) => shapes), ...facing],
    annotations: drawn.flatMap(({ annotations }) => annotations),
  };
}

function quantityAxis(
  view: View,
  side: 'x' | 'y',
  range: readonly [number, number],
  most: number,
  colours: Palette,
): Layout {
  const quantity = view[side];
  if (quantity === 'accuracy') return axis(colours, 'Validation accuracy', { range, tickformat: '.0%' });
  const log = isLog(quantity, view);
  return axis(colours, titleOf(quantity), {
    type: log ? 'log' : 'linear',
    range,
    ...costTicks(quantity, range, log, most),
  });
}

/** A dashed line at each limit; beyond the loosest of them nothing fits, and that side is shaded. */
function budgetLines(
  side: 'x' | 'y',
  quantity: Quantity,
  limits: readonly number[],
  end: number,
  log: boolean,
  colours: Palette,
): { shapes: Layout[]; annotations: Layout[] } {
  const last = limits.at(-1);
  if (last === undefined) return { shapes: [], annotations: [] };
  const across = side === 'x' ? 'y' : 'x';
  const place = (value: number) => (log ? Math.log10(value) : value);
  const frame = (from: number, to: number) => ({
    [`${side}ref`]: side,
    [`${across}ref`]: 'paper',
    [`${side}0`]: from,
    [`${side}1`]: to,
    [`${across}0`]: 0,
    [`${across}1`]: 1,
    layer: 'below',
  });
  // Far beyond what can be seen, so that the side stays shaded when the reader zooms out.
  const far = 1e6 * Math.max(last, log ? 10 ** end : end);
  const shapes: Layout[] = [
    { ...frame(last, far), type: 'rect', line: { width: 0 }, fillcolor: colours.shade },
    ...limits.map((limit) => ({
      ...frame(limit, limit),
      type: 'line',
      line: { color: colours.budget, width: 1.5, dash: 'dash' },
    })),
  ];
  const note = { showarrow: false, font: { size: 11, color: colours.budget } };
  const annotations = limits
    .filter((limit) => place(limit) < end)
    .flatMap((limit): Layout[] => {
      const text = `budget ${formatQuantity(quantity, limit)}`;
      const refs = { ...note, [side]: place(limit), [`${side}ref`]: side, [`${across}ref`]: 'paper' };
      const outside = { text: ' does not fit' };
      return side === 'x'
        ? [
            { ...refs, y: 1, yanchor: 'top', xanchor: 'right', text: `${text} ` },
            ...(limit === last
              ? [{ ...refs, ...outside, y: 0, yanchor: 'bottom', xanchor: 'left', textangle: -90 }]
              : []),
          ]
        : [
            { ...refs, x: 0, xanchor: 'left', yanchor: 'top', text: ` ${text}` },
            ...(limit === last ? [{ ...refs, ...outside, x: 0, xanchor: 'left', yanchor: 'bottom' }] : []),
          ];
    });
  return { shapes, annotations };
}
