import { byId } from './dom.js';
import { formatDuration } from '../../core/units.js';
import { formatPercent } from './format.js';
import { attachBrush, createCanvas, onPress, onWidth, placeIn } from './plotArea.js';
import { fontFamily } from './plotly.js';
import { createTooltip } from './tooltip.js';
import { frontColour, paletteOf } from './theme.js';
import { rangeQuery } from './selection.js';
import type { Parts } from './Parts.js';
import type { PageTrial } from './PageData.js';
import type { View } from './state.js';

/** Workers of different studies have a row each; a study has fewer workers than this. */
const lanes = 10_000;
const lane = (study: number, worker: number) => study * lanes + worker;
const [left, right, foot] = [72, 14, 24];
const [leastRow, mostRow, besideHeight] = [26, 64, 260];

/** What each worker did when: a bar a trial, its state told by colour and by fill. */
export function startTimeline({ report, state, selection }: Parts): void {
  const host = byId('timeline');
  const bars = report.data.trials.flatMap((trial) => {
    const { startedMs, elapsedMs, worker, spells } = trial;
    if (spells !== undefined)
      return spells.map(([from, ms, at]) => ({ trial, worker: lane(trial.study, at), from, to: from + ms }));
    return startedMs === null || elapsedMs === null || worker === null
      ? []
      : [{ trial, worker: lane(trial.study, worker), from: startedMs, to: startedMs + elapsedMs }];
  });
  const workers = [...new Set(bars.map((bar) => bar.worker))].sort((a, b) => a - b);
  const nameOf = (at: number) => (report.several ? `${Math.floor(at / lanes) + 1}: ` : '') + `worker ${at % lanes}`;
  if (bars.length === 0) {
    byId('timeline-sub').textContent = 'No trial has ended yet.';
    return;
  }
  // Beside the importance (latencyView.ts) there is more height to fill.
  const beside = report.data.trials.some(({ measured }) => measured !== undefined);
  const row = beside ? Math.min(mostRow, Math.max(leastRow, Math.floor(besideHeight / workers.length))) : leastRow;
  const start = bars.reduce((low, bar) => Math.min(low, bar.from), Infinity);
  const end = bars.reduce((high, bar) => Math.max(high, bar.to), 0);
  const busy = bars.reduce((sum, bar) => sum + bar.to - bar.from, 0) / (workers.length * (end - start || 1));
  byId('timeline-sub').textContent =
    `${workers.length} ${workers.length === 1 ? 'worker' : 'workers'}, busy ${(busy * 100).toFixed(0)} % of ${formatDuration(end - start)}. Drag to select a time, click a bar to select its trial.${report.several ? ' Each study’s time begins at its own start.' : ''}`;
  const height = workers.length * row + foot;
  const { canvas, begin } = createCanvas(host, {
    role: 'img',
    'aria-label': `Timeline of ${workers.length} workers and ${bars.length} trials; the table lists the same trials`,
  });
  host.replaceChildren(canvas);
  const tooltip = createTooltip(host);
  const x = (ms: number) => left + ((ms - start) / (end - start || 1)) * (host.clientWidth - left - right);
  const draw = (view: View) => {
    const colours = paletteOf(view.theme);
    const { pen, width } = begin(host.clientWidth, height);
    const chosen = selection(view);
    pen.font = `11px ${fontFamily}`;
    pen.fillStyle = colours.muted;
    pen.textAlign = 'left';
    workers.forEach((worker, i) => pen.fillText(nameOf(worker), 4, i * row + row / 2 + 3));
    for (const { trial, worker, from, to } of bars) {
      const [bx, by, wide] = [x(from), workers.indexOf(worker) * row + 4, Math.max(1, x(to) - x(from) - 0.6)];
      pen.globalAlpha = chosen.has(trial) ? 1 : 0.15;
      pen.fillStyle = pen.strokeStyle = colourOf(trial, view);
      // Pruned and paused ones are half as high, failed ones hollow: seen without colours too.
      if (trial.state === 'FAILED') pen.strokeRect(bx + 0.5, by + 0.5, Math.max(0, wide - 1), row - 9);
      else if (trial.state === 'PRUNED' || trial.state === 'PAUSED')
        pen.fillRect(bx, by + row / 2 - 8, wide, (row - 8) / 2);
      else pen.fillRect(bx, by, wide, row - 8);
      if (trial.key === view.selected) {
        pen.globalAlpha = 1;
        pen.strokeStyle = colours.ink;
        pen.lineWidth = 2;
        pen.strokeRect(bx - 1, by - 2, wide + 2, row - 4);
        pen.lineWidth = 1;
      }
    }
    pen.globalAlpha = 1;
    pen.fillStyle = colours.muted;
    const ticks = Math.max(2, Math.floor((width - left - right) / 130));
    for (let i = 0; i <= ticks; i++) {
      const ms = ((end - start) * i) / ticks;
      pen.textAlign = i === 0 ? 'left' : i === ticks ? 'right' : 'center';
      pen.fillText(i === 0 ? '0' : formatDuration(ms), x(start + ms), height - 6);
    }
  };
  const colourOf = (trial: PageTrial, view: View): string => {
    const colours = paletteOf(view.theme);
    const kind = report.kindOf(trial, view);
    if (kind === 'failed') return colours.teacher;
    if (kind === 'pruned') return colours.pruned;
    return kind === 'front'
      ? frontColour(colours, trial.study, report.several)
      : kind === 'baseline'
        ? colours.baseline
        : colours.dominated;
  };
  const find = (at: { x: number; y: number }) => {
    const worker = workers[Math.floor(at.y / row)];
    return bars.find((bar) => bar.worker === worker && at.x >= x(bar.from) - 1 && at.x <= x(bar.to) + 1);
  };
  host.addEventListener('pointermove', (event) => {
    const at = placeIn(host, event);
    const found = event.buttons === 0 ? find(at) : undefined;
    if (found === undefined) return tooltip(null);
    const { trial, from, to } = found;
    const lines = [
      `${report.nameOf(trial)} · ${trial.state.toLowerCase()}`,
      `${formatPercent(trial.accuracy)} · ${formatDuration(to - from)}`,
    ];
    tooltip(at, lines);
  });
  host.addEventListener('pointerleave', () => tooltip(null));
  onPress(host, (at) => {
    const found = find(at);
    if (found !== undefined) state.set({ selected: found.trial.key });
  });
  attachBrush(host, {
    along: 'x',
    area: () => ({ x0: left, x1: host.clientWidth - right, y0: 0, y1: height - foot }),
    done: ({ x0, x1 }) => {
      const seconds = (px: number) =>
        (start + ((px - left) / (host.clientWidth - left - right)) * (end - start)) / 1000;
      state.brush({ started: rangeQuery('started', Math.max(0, seconds(x0)), seconds(x1)) });
    },
  });
  draw(state.get());
  state.listen(['theme', 'selected', 'filter', 'x', 'y'], draw);
  onWidth(host, () => draw(state.get()));
}
