import { byId, h, segments } from './dom.js';
import type { CostName } from '../../costs/CostModel.js';
import { createLocator, drawCrowd, type CrowdPoint } from './crowd.js';
import { costTitle, formatCost, formatPercent } from './format.js';
import { attachBrush, createCanvas, onPress, placeIn, type Box } from './plotArea.js';
import { createPlot, margins, rangesOf } from './plotly.js';
import { rangeQuery } from './selection.js';
import { scatterLayout } from './scatterLayout.js';
import { scatterTraces } from './scatterTraces.js';
import { createTooltip } from './tooltip.js';
import { paletteOf } from './theme.js';
import { isMeasured, type Report } from './Report.js';
import type { Parts } from './Parts.js';
import type { View } from './state.js';
import { legend } from './legend.js';

/** The main plot: accuracy against a cost. plotly draws the axes, the front and what is marked, a canvas the crowd. */
export function startScatter({ report, state, selection }: Parts): void {
  const host = byId('scatter');
  const frame = byId('scatter-frame');
  const plot = createPlot(host, null);
  const { canvas, begin } = createCanvas(host, { 'aria-hidden': 'true', class: 'crowd' });
  frame.prepend(canvas);
  const tooltip = createTooltip(frame);
  const measured = report.data.trials.filter(isMeasured);
  let points: readonly CrowdPoint[] = [];
  let locate = createLocator(points);

  const area = (): Box => ({
    x0: margins.l,
    x1: host.clientWidth - margins.r,
    y0: margins.t,
    y1: host.clientHeight - margins.b,
  });
  /** Where a cost and an accuracy lie; asked once for thousands of points, since asking the page for sizes is dear. */
  const projection = () => {
    const { x0, x1, y0, y1 } = area();
    const ranges = rangesOf(host);
    const log = state.get().scale === 'log';
    return (cost: number, accuracy: number) => ({
      x: x0 + (((log ? Math.log10(cost) : cost) - ranges.x[0]) / (ranges.x[1] - ranges.x[0])) * (x1 - x0),
      y: y1 - ((accuracy - ranges.y[0]) / (ranges.y[1] - ranges.y[0])) * (y1 - y0),
    });
  };
  const drawPoints = () => {
    const view = state.get();
    const chosen = selection(view);
    const position = projection();
    points = measured.map((trial) => ({
      ...position(trial.costs[view.metric], trial.accuracy),
      trial,
      kind: report.kindOf(trial, view.metric),
      kept: chosen.has(trial),
    }));
    drawCrowd(begin().pen, points, area(), paletteOf(view.theme));
    const { x0, x1, y0, y1 } = area();
    locate = createLocator(points.filter((p) => p.kept && p.x >= x0 && p.x <= x1 && p.y >= y0 && p.y <= y1));
  };
  const draw = (view: View) => {
    controls(view);
    byId('front-sub').textContent = subtitle(report, view.metric);
    legend(byId('legend'), report, view);
    frame.dataset.drag = view.drag;
    void plot(scatterTraces(report, view, selection(view)), scatterLayout(report, view)).then(drawPoints);
  };
  const controls = startControls({ report, state, selection });
  draw(state.get());
  state.listen(['metric', 'scale', 'range', 'theme', 'selected', 'drag', 'filter', 'compared'], draw);
  plot.zoomed(drawPoints);

  frame.addEventListener('pointermove', (event) => {
    const found = event.buttons === 0 ? locate(placeIn(frame, event), 14) : undefined;
    frame.classList.toggle('over', found !== undefined);
    tooltip(found ?? null, found === undefined ? [] : linesOf(found, report, state.get()));
  });
  frame.addEventListener('pointerleave', () => tooltip(null));
  onPress(frame, (at, event) => {
    const found = locate(at, 14);
    if (found === undefined) return;
    if (event.shiftKey || event.ctrlKey || event.metaKey) state.compare(found.trial.number);
    else state.set({ selected: found.trial.number });
  });
  attachBrush(frame, {
    area,
    along: 'both',
    active: () => state.get().drag === 'select',
    done: (box) => {
      const { x0, x1, y0, y1 } = area();
      const ranges = rangesOf(host);
      const raw = (x: number) => ranges.x[0] + ((x - x0) / (x1 - x0)) * (ranges.x[1] - ranges.x[0]);
      const cost = (x: number) => (state.get().scale === 'log' ? 10 ** raw(x) : raw(x));
      const accuracy = (y: number) => ranges.y[0] + ((y1 - y) / (y1 - y0)) * (ranges.y[1] - ranges.y[0]);
      const { metric } = state.get();
      state.brush({
        [metric]: rangeQuery(metric, Math.max(0, cost(box.x0)), cost(box.x1)),
        accuracy: rangeQuery('accuracy', Math.max(0, accuracy(box.y1)), accuracy(box.y0)),
      });
    },
  });
  frame.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (step === undefined) return;
    const front = report.front(state.get().metric);
    const at = front.findIndex((trial) => trial.number === state.get().selected);
    const next = front[at < 0 ? (step > 0 ? 0 : front.length - 1) : at + step];
    if (next !== undefined) state.set({ selected: next.number });
    event.preventDefault();
  });
}

/** Wires the choices above the plot; returns what shows a view's. */
function startControls({ report, state }: Parts): (view: View) => void {
  const select = byId('x-metric');
  select.replaceChildren(...report.costNames.map((name) => h('option', { value: name }, costTitle(name))));
  select.addEventListener('change', (event) => {
    const target = event.target;
    const metric =
      target instanceof HTMLSelectElement ? report.costNames.find((name) => name === target.value) : undefined;
    if (metric !== undefined) state.set({ metric });
  });
  const showScale = segments(
    byId('x-scale'),
    [
      ['log', 'Log'],
      ['linear', 'Linear'],
    ],
    (scale) => state.set({ scale }),
  );
  const showRange = segments(
    byId('range'),
    [
      ['front', 'Front'],
      ['all', 'All'],
    ],
    (range) => state.set({ range }),
  );
  const showDrag = segments(
    byId('drag'),
    [
      ['select', 'Select'],
      ['zoom', 'Zoom'],
    ],
    (drag) => state.set({ drag }),
  );
  return (view) => {
    if (select instanceof HTMLSelectElement) select.value = view.metric;
    showScale(view.scale);
    showRange(view.range);
    showDrag(view.drag);
  };
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

function linesOf({ trial }: CrowdPoint, report: Report, view: View): string[] {
  const name = trial.origin === 'baseline' ? `Baseline ×${trial.width ?? '?'}` : `Trial ${trial.number}`;
  const state = trial.state === 'PRUNED' ? ' · pruned' : report.promoted.has(trial.number) ? ' · promoted' : '';
  return [name + state, `${formatPercent(trial.accuracy)} · ${formatCost(view.metric, trial.costs[view.metric])}`];
}
