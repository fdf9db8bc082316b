import { byId, h, segments } from './dom.js';
import { costNames, type CostName } from '../../costs/CostModel.js';
import { costTitles, formatCost } from './format.js';
import { costTicks } from './costTicks.js';
import { axis, baseLayout, createPlot } from './plotly.js';
import { scatterTraces } from './scatterTraces.js';
import { scatterRange } from './scatterRange.js';
import { paletteOf } from './theme.js';
import type { Report } from './Report.js';
import type { State, View } from './state.js';
import { legend } from './legend.js';

/** The main plot: accuracy against a cost, with its controls. */
export function startScatter(report: Report, state: State): void {
  const plot = createPlot(byId('scatter'), (trial) => state.set({ selected: trial }));
  const select = byId('x-metric');
  select.replaceChildren(...costNames.map((name) => h('option', { value: name }, costTitles[name])));
  select.addEventListener('change', (event) => {
    const target = event.target;
    const metric = target instanceof HTMLSelectElement ? costNames.find((name) => name === target.value) : undefined;
    if (metric !== undefined) state.set({ metric });
  });
  const showScale = segments(byId('x-scale'), [['log', 'Log'], ['linear', 'Linear']], (scale) => state.set({ scale }));
  const showRange = segments(byId('range'), [['front', 'Front'], ['all', 'All']], (range) => state.set({ range }));
  const draw = (view: View) => {
    if (select instanceof HTMLSelectElement) select.value = view.metric;
    showScale(view.scale);
    showRange(view.range);
    byId('front-sub').textContent = subtitle(report, view.metric);
    legend(byId('legend'), report, view);
    void plot(scatterTraces(report, view), layoutOf(report, view));
  };
  draw(state.get());
  state.listen(['metric', 'scale', 'range', 'theme', 'selected'], draw);
}

function subtitle(report: Report, metric: CostName): string {
  const front = report.front(metric);
  const { PRUNED, FAILED, INFEASIBLE } = report.data.counts;
  const extra = [
    PRUNED > 0 ? `${PRUNED} pruned` : '',
    FAILED > 0 ? `${FAILED} failed` : '',
    INFEASIBLE > 0 ? `${INFEASIBLE} over the budget` : '',
  ].filter((text) => text !== '');
  const students = `${front.length} of ${report.students.length} students are on the front`;
  return [students, ...extra].join(' · ');
}

function layoutOf(report: Report, view: View) {
  const colours = paletteOf(view.theme);
  const range = scatterRange(report, view);
  const budget = report.data.budgets.find((item) => item.metric === view.metric);
  const log = view.scale === 'log';
  const place = (x: number) => (log ? Math.log10(x) : x);
  const shapes = [];
  const annotations = [];
  if (budget !== undefined && place(budget.limit) < range.x[1]) {
    const edge = { type: 'line', yref: 'paper', y0: 0, y1: 1, x0: budget.limit, x1: budget.limit, layer: 'below' };
    shapes.push(
      { type: 'rect', yref: 'paper', y0: 0, y1: 1, x0: budget.limit, x1: log ? 10 ** range.x[1] : range.x[1], layer: 'below', line: { width: 0 }, fillcolor: colours.shade },
      { ...edge, line: { color: colours.budget, width: 1.5, dash: 'dash' } },
    );
    annotations.push({ x: place(budget.limit), xref: 'x', y: 1, yref: 'paper', yanchor: 'top', xanchor: 'right', text: `budget ${formatCost(view.metric, budget.limit)} `, showarrow: false, font: { size: 11, color: colours.budget } });
  }
  if (report.data.teacher !== null) {
    const { accuracy } = report.data.teacher;
    shapes.push({ type: 'line', xref: 'paper', x0: 0, x1: 1, y0: accuracy, y1: accuracy, layer: 'below', line: { color: colours.teacher, width: 1, dash: 'dot' } });
  }
  const most = Math.max(4, Math.floor(byId('scatter').clientWidth / 85));
  const ticks = costTicks(view.metric, range.x, log, most);
  return {
    ...baseLayout(colours),
    xaxis: axis(colours, costTitles[view.metric], { type: log ? 'log' : 'linear', range: range.x, ...ticks }),
    yaxis: axis(colours, 'Validation accuracy', { range: range.y, tickformat: '.0%' }),
    shapes,
    annotations,
  };
}
