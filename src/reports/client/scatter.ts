import { byId } from './dom.js';
import { createLocator, drawCrowd, type CrowdPoint } from './crowd.js';
import { formatPercent } from './format.js';
import { attachBrush, createCanvas, onPress, placeIn, type Box } from './plotArea.js';
import { createPlot, margins, rangesOf } from './plotly.js';
import { formatQuantity, titleOf, valueOf } from './quantities.js';
import { rangeQuery } from './selection.js';
import { startScatterControls } from './scatterControls.js';
import { scatterLayout } from './scatterLayout.js';
import { isLog } from './scatterRange.js';
import { scatterTraces } from './scatterTraces.js';
import { spreadOf } from './spread.js';
import { createTooltip } from './tooltip.js';
import { paletteOf } from './theme.js';
import type { Report } from './Report.js';
import type { Parts } from './Parts.js';
import type { View } from './state.js';
import { legend } from './legend.js';

/** The main plot: one quantity against another. plotly draws the axes, the fronts and what is marked, a canvas the crowd. */
export function startScatter({ report, state, selection }: Parts): void {
  const host = byId('scatter');
  const frame = byId('scatter-frame');
  const plot = createPlot(host, null);
  const { canvas, begin } = createCanvas(host, { 'aria-hidden': 'true', class: 'crowd' });
  frame.prepend(canvas);
  const tooltip = createTooltip(frame);
  let points: readonly CrowdPoint[] = [];
  let locate = createLocator(points);

  const area = (): Box => ({
    x0: margins.l,
    x1: host.clientWidth - margins.r,
    y0: margins.t,
    y1: host.clientHeight - margins.b,
  });
  /** Where values lie; made once for thousands of points, since asking the page for sizes is dear. */
  const projection = (view: View) => {
    const { x0, x1, y0, y1 } = area();
    const ranges = rangesOf(host);
    const [logX, logY] = [isLog(view.x, view), isLog(view.y, view)];
    const share = (value: number, log: boolean, [low, high]: readonly [number, number]) =>
      ((log ? Math.log10(value) : value) - low) / (high - low);
    return (x: number, y: number) => ({
      x: x0 + share(x, logX, ranges.x) * (x1 - x0),
      y: y1 - share(y, logY, ranges.y) * (y1 - y0),
    });
  };
  const drawPoints = () => {
    const view = state.get();
    const chosen = selection(view);
    const position = projection(view);
    points = report.data.trials.flatMap((trial) => {
      const [x, y] = [valueOf(trial, view.x), valueOf(trial, view.y)];
      const kind = report.kindOf(trial, view);
      if (x === null || y === null || kind === 'failed' || kind === 'open') return [];
      if (view.filter.hiddenStudies.has(trial.study)) return [];
      return [{ ...position(x, y), trial, kind, kept: chosen.has(trial) }];
    });
    drawCrowd(begin().pen, points, area(), paletteOf(view.theme), report.several);
    const { x0, x1, y0, y1 } = area();
    locate = createLocator(points.filter((p) => p.kept && p.x >= x0 && p.x <= x1 && p.y >= y0 && p.y <= y1));
  };
  const showControls = startScatterControls({ report, state, selection });
  const draw = (view: View) => {
    showControls(view);
    byId('front-title').textContent =
      `${titleOf(view.y)} against ${titleOf(view.x).toLowerCase().replace('macs', 'MACs')}`;
    byId('front-sub').textContent = subtitle(report, view);
    legend(byId('legend'), report, view);
    frame.dataset.drag = view.drag;
    void plot(scatterTraces(report, view, selection(view)), scatterLayout(report, view)).then(drawPoints);
  };
  draw(state.get());
  state.listen(['x', 'y', 'scale', 'range', 'theme', 'selected', 'drag', 'filter', 'compared'], draw);
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
    if (event.shiftKey || event.ctrlKey || event.metaKey) state.compare(found.trial.key);
    else state.set({ selected: found.trial.key });
  });
  attachBrush(frame, {
    area,
    along: 'both',
    active: () => state.get().drag === 'select',
    done: (box) => {
      const view = state.get();
      const { x0, x1, y0, y1 } = area();
      const ranges = rangesOf(host);
      const value = (share: number, log: boolean, [low, high]: readonly [number, number]) => {
        const raw = low + share * (high - low);
        return Math.max(0, log ? 10 ** raw : raw);
      };
      const x = (px: number) => value((px - x0) / (x1 - x0), isLog(view.x, view), ranges.x);
      const y = (py: number) => value((y1 - py) / (y1 - y0), isLog(view.y, view), ranges.y);
      state.brush({
        [view.x]: rangeQuery(view.x, x(box.x0), x(box.x1)),
        [view.y]: rangeQuery(view.y, y(box.y1), y(box.y0)),
      });
    },
  });
  frame.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (step === undefined) return;
    const view = state.get();
    const at = report.trial(view.selected ?? -1);
    const front = report.front(view, at?.study ?? 0);
    const place = front.findIndex((trial) => trial.key === view.selected);
    const next = front[place < 0 ? (step > 0 ? 0 : front.length - 1) : place + step];
    if (next !== undefined) state.set({ selected: next.key });
    event.preventDefault();
  });
}

function subtitle(report: Report, view: View): string {
  const totals = { PRUNED: 0, FAILED: 0, INFEASIBLE: 0 };
  for (const { counts } of report.data.studies) {
    totals.PRUNED += counts.PRUNED;
    totals.FAILED += counts.FAILED;
    totals.INFEASIBLE += counts.INFEASIBLE;
  }
  const confirmed = report.students.filter((trial) => trial.runs !== undefined).length;
  const extra = [
    totals.PRUNED > 0 ? `${totals.PRUNED} pruned` : '',
    totals.FAILED > 0 ? `${totals.FAILED} failed` : '',
    totals.INFEASIBLE > 0 ? `${totals.INFEASIBLE} over the budget` : '',
    confirmed > 0 ? `${confirmed} confirmed by further runs: their mean, with one standard deviation` : '',
  ].filter((text) => text !== '');
  const [front, all] = [report.front(view).length, report.students.length];
  const students = report.several
    ? `${front} of ${all} students are on the front of their study`
    : `${front} of ${all} students are on the front`;
  return [students, ...extra].join(' · ');
}

function linesOf({ trial }: CrowdPoint, report: Report, view: View): string[] {
  const study = report.several ? ` of ${report.studyOf(trial).name}` : '';
  const name = trial.origin === 'baseline' ? `Baseline ×${trial.width ?? '?'}${study}` : report.nameOf(trial);
  const kind = report.kindOf(trial, view);
  const state = kind === 'pruned' ? ' · pruned' : report.promoted.has(trial.key) ? ' · promoted' : '';
  const spread = spreadOf(trial);
  return [
    name + state,
    [view.y, view.x].map((quantity) => formatQuantity(quantity, valueOf(trial, quantity))).join(' · '),
    ...(spread === null ? [] : [`${trial.runs?.length} runs, ± ${formatPercent(spread)}`]),
  ];
}
