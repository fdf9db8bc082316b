import { accuracyColour } from './accuracyColour.js';
import { byId, h, s } from './dom.js';
import { formatPercent } from './format.js';
import { drawAxis } from './parallelAxis.js';
import { parallelAxes, type Axis } from './parallelAxes.js';
import { attachBrush, createCanvas, onPress, onWidth, placeIn, type Place } from './plotArea.js';
import { paletteOf } from './theme.js';
import type { Measured } from './Report.js';
import type { Parts } from './Parts.js';
import type { View } from './state.js';

const height = 360;
const top = 56;
const bottom = 22;
const side = 44;
/** Lines drawn in one frame: thousands take several, so that the page never stands still. */
const chunk = 300;
/** More lines than these only make the same bands darker. */
const most = 3000;
/** Pixels beside an axis within which a drag selects on it. */
const grip = 16;

/** Every student as a curve over the axes of its choices; drawn on a canvas, since there may be thousands. */
export function startParallel({ report, state, selection }: Parts): void {
  const host = byId('parallel');
  const label = 'Parallel coordinates of the choices of every student; the table lists the same students';
  const lines = createCanvas(host, { role: 'img', 'aria-label': label });
  const above = createCanvas(host, { 'aria-hidden': 'true' });
  host.replaceChildren(lines.canvas, above.canvas);
  const students = [...report.students].sort((a, b) => a.accuracy - b.accuracy);
  const ranks = new Map(students.map((trial, i) => [trial.key, students.length < 2 ? 1 : i / (students.length - 1)]));
  const rank = (trial: Measured) => ranks.get(trial.key) ?? 0;
  let axes: readonly Axis[] = [];
  let step = 0;
  let turn = 0;
  const x = (i: number) => side + i * step;
  const y = (position: number) => top + position * (height - top - bottom);
  const width = () => Math.floor(2 * side + step * (axes.length - 1));

  const trace = (pen: CanvasRenderingContext2D, trial: Measured) => {
    let before: readonly [number, number] | null = null;
    pen.beginPath();
    axes.forEach((axis, i) => {
      const at = axis.at(trial);
      if (at === null) return;
      const [px, py] = [x(i), y(at)];
      if (before === null) pen.moveTo(px, py);
      else pen.bezierCurveTo((before[0] + px) / 2, before[1], (before[0] + px) / 2, py, px, py);
      before = [px, py];
    });
    pen.stroke();
  };
  const drawLines = (view: View) => {
    axes = parallelAxes(report, view, rank);
    step = Math.max(78, (host.clientWidth - 2 * side) / Math.max(1, axes.length - 1));
    const { pen } = lines.begin(width(), height);
    const chosen = selection(view);
    const all = students.filter((trial) => chosen.has(trial));
    const every = Math.max(1, Math.ceil(all.length / most));
    // Counted from the best, which is thus always drawn.
    const kept = all.filter((_, i) => (all.length - 1 - i) % every === 0);
    const colours = paletteOf(view.theme);
    const dense = (count: number) => Math.max(0.06, Math.min(0.75, 14 / Math.sqrt(count + 1) / 2.2));
    pen.lineWidth = students.length > 1000 ? 0.8 : 1.2;
    // What the filter leaves out is thinned to a hint of itself.
    pen.strokeStyle = colours.faint;
    pen.globalAlpha = 0.12;
    const left = students.filter((trial) => !chosen.has(trial));
    left.filter((_, i) => i % Math.ceil(left.length / 400) === 0).forEach((trial) => trace(pen, trial));
    pen.globalAlpha = dense(kept.length);
    turn += 1;
    const mine = turn;
    const go = (from: number) => {
      if (turn !== mine) return;
      for (const trial of kept.slice(from, from + chunk)) {
        pen.strokeStyle = accuracyColour(rank(trial), view.theme);
        trace(pen, trial);
      }
      if (from + chunk < kept.length) requestAnimationFrame(() => go(from + chunk));
    };
    go(0);
    const total = all.length.toLocaleString('en');
    const drawn = every === 1 ? 'a line each' : `every ${every}${every === 2 ? 'nd' : every === 3 ? 'rd' : 'th'} drawn`;
    const count = all.length === 1 ? 'One student' : `${total} students, ${drawn}`;
    byId('parallel-sub').textContent =
      `${count}. Within a value, lines are ordered by accuracy. Click a line to select it, drag along an axis to select a range.`;
  };
  const drawAbove = (view: View) => {
    const { pen } = above.begin(width(), height);
    const colours = paletteOf(view.theme);
    const selected = students.find((trial) => trial.key === view.selected);
    if (selected !== undefined) {
      for (const [colour, thick] of [
        [colours.surface, 5],
        [colours.teacher, 2.6],
      ] as const) {
        pen.strokeStyle = colour;
        pen.lineWidth = thick;
        trace(pen, selected);
      }
    }
    axes.forEach((axis, i) => drawAxis(pen, axis, x(i), step, y, colours));
  };
  const draw = (view: View) => {
    drawLines(view);
    drawAbove(view);
    scaleKey(students, view);
  };
  /** The student whose curve passes closest to a place, within 10 pixels. */
  const nearest = ({ x: px, y: py }: Place): Measured | undefined => {
    const i = Math.max(0, Math.min(axes.length - 2, Math.floor((px - x(0)) / step)));
    const share = curveShare((px - x(i)) / step);
    const chosen = selection(state.get());
    let best: Measured | undefined;
    let distance = 10;
    for (const trial of students) {
      const a = axes[i]?.at(trial) ?? null;
      const b = axes[i + 1]?.at(trial) ?? null;
      if (a === null || b === null || !chosen.has(trial)) continue;
      const off = Math.abs(y(a + (b - a) * share) - py);
      if (off <= distance) [best, distance] = [trial, off];
    }
    return best;
  };
  const axisAt = ({ x: px }: Place) => {
    const i = Math.round((px - side) / step);
    return i >= 0 && i < axes.length && Math.abs(px - x(i)) <= grip ? i : -1;
  };
  onPress(host, (at) => {
    const trial = nearest({ x: at.x + host.scrollLeft, y: at.y });
    if (trial !== undefined) state.set({ selected: trial.key });
  });
  let gripped = 0;
  attachBrush(host, {
    along: 'both',
    area: () => ({
      x0: x(gripped) - grip - host.scrollLeft,
      x1: x(gripped) + grip - host.scrollLeft,
      y0: top,
      y1: height - bottom,
    }),
    active: (at) => axisAt({ x: at.x + host.scrollLeft, y: at.y }) >= 0,
    done: ({ y0, y1 }) => {
      const position = (py: number) => (py - top) / (height - top - bottom);
      const axis = axes[gripped];
      state.brush({ [axis.title]: axis.query(position(y0), position(y1)) });
    },
  });
  host.addEventListener('pointermove', (event) => {
    const at = placeIn(host, event);
    const i = axisAt({ x: at.x + host.scrollLeft, y: at.y });
    if (i >= 0 && event.buttons === 0) gripped = i;
    host.style.cursor = i >= 0 ? 'ns-resize' : 'pointer';
  });
  draw(state.get());
  state.listen(['x', 'y', 'theme', 'filter'], draw);
  state.listen(['selected'], drawAbove);
  onWidth(host, () => draw(state.get()));
}

/** Height share of the drawn Bezier curve at a share of its way: its control points lie half-way across. */
function curveShare(across: number): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < 14; i++) {
    const t = (low + high) / 2;
    const at = 1.5 * t * (1 - t) * (1 - t) + 1.5 * t * t * (1 - t) + t * t * t;
    if (at < across) low = t;
    else high = t;
  }
  return low * low * (3 - 2 * low);
}

/** The colours' key: from the least to the most accurate student. */
function scaleKey(students: readonly Measured[], view: View): void {
  const swatches = Array.from({ length: 24 }, (_, i) =>
    s('rect', { x: i * 4, y: 0, width: 4.2, height: 8, fill: accuracyColour(i / 23, view.theme) }),
  );
  const ends =
    students.length === 0
      ? ['', '']
      : [students[0].accuracy, students[students.length - 1].accuracy].map(formatPercent);
  byId('parallel-controls').replaceChildren(
    h('span', {}, ends[0]),
    s('svg', { width: 96, height: 8, viewBox: '0 0 96 8', 'aria-hidden': 'true' }, ...swatches),
    h('span', {}, `${ends[1]} by rank`),
  );
}
