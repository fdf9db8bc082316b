import { accuracyColour } from './accuracyColour.js';
import { byId, h, s } from './dom.js';
import { formatPercent } from './format.js';
import { parallelAxes, type Axis } from './parallelAxes.js';
import { fontFamily } from './plotly.js';
import { paletteOf, type Palette } from './theme.js';
import type { Measured, Report } from './Report.js';
import type { State, View } from './state.js';

const height = 360;
const top = 56;
const bottom = 22;
const side = 44;

/** Every student as a curve over the axes of its choices; drawn on a canvas, since there may be thousands. */
export function startParallel(report: Report, state: State): void {
  const host = byId('parallel');
  const canvas = h('canvas', { role: 'img', 'aria-label': 'Parallel coordinates of the choices of every student' });
  host.replaceChildren(canvas);
  const pen = canvas.getContext('2d');
  if (pen === null) throw new Error('the browser has no 2d canvas');
  const students = [...report.students].sort((a, b) => a.accuracy - b.accuracy);
  const ranks = new Map(students.map((trial, i) => [trial.number, students.length < 2 ? 1 : i / (students.length - 1)]));
  const rank = (trial: Measured) => ranks.get(trial.number) ?? 0;
  let axes: readonly Axis[] = [];
  let step = 0;
  const x = (i: number) => side + i * step;
  const y = (position: number) => top + position * (height - top - bottom);

  const trace = (trial: Measured) => {
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
  const draw = (view: View) => {
    const colours = paletteOf(view.theme);
    axes = parallelAxes(report, view, rank);
    step = Math.max(78, (host.clientWidth - 2 * side) / Math.max(1, axes.length - 1));
    const width = Math.floor(2 * side + step * (axes.length - 1));
    const ratio = window.devicePixelRatio || 1;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    pen.scale(ratio, ratio);
    const selected = students.find((trial) => trial.number === view.selected);
    pen.lineWidth = students.length > 1000 ? 0.8 : 1.2;
    pen.globalAlpha = Math.max(0.06, Math.min(0.75, 14 / Math.sqrt(students.length + 1) / 2.2));
    for (const trial of students) {
      pen.strokeStyle = accuracyColour(rank(trial), view.theme);
      trace(trial);
    }
    pen.globalAlpha = 1;
    if (selected !== undefined) {
      pen.strokeStyle = colours.surface;
      pen.lineWidth = 5;
      trace(selected);
      pen.strokeStyle = colours.teacher;
      pen.lineWidth = 2.6;
      trace(selected);
    }
    axes.forEach((axis, i) => drawAxis(pen, axis, x(i), step, y, colours));
    scaleKey(students, view);
  };
  canvas.addEventListener('click', (event) => {
    const box = canvas.getBoundingClientRect();
    const trial = nearest(event.clientX - box.left, event.clientY - box.top);
    if (trial !== undefined) state.set({ selected: trial.number });
  });
  /** The student whose curve passes closest to a place, within 10 pixels. */
  const nearest = (px: number, py: number): Measured | undefined => {
    const i = Math.max(0, Math.min(axes.length - 2, Math.floor((px - x(0)) / step)));
    const share = curveShare((px - x(i)) / step);
    let best: Measured | undefined;
    let distance = 10;
    for (const trial of students) {
      const a = axes[i]?.at(trial) ?? null;
      const b = axes[i + 1]?.at(trial) ?? null;
      if (a === null || b === null) continue;
      const off = Math.abs(y(a + (b - a) * share) - py);
      if (off <= distance) [best, distance] = [trial, off];
    }
    return best;
  };
  const count = students.length === 1 ? 'One student' : `${students.length.toLocaleString('en')} students, a line each`;
  byId('parallel-sub').textContent = `${count}. Within a value, lines are ordered by accuracy. Click one to select it.`;
  draw(state.get());
  state.listen(['metric', 'theme', 'selected'], draw);
  let known = host.clientWidth;
  new ResizeObserver(() => {
    if (host.clientWidth === known) return;
    known = host.clientWidth;
    draw(state.get());
  }).observe(host);
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

function drawAxis(
  pen: CanvasRenderingContext2D,
  axis: Axis,
  x: number,
  step: number,
  y: (position: number) => number,
  colours: Palette,
): void {
  pen.strokeStyle = colours.faint;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(x, y(0) - 2);
  pen.lineTo(x, y(1) + 2);
  pen.stroke();
  pen.textAlign = 'center';
  const cut = axis.title.lastIndexOf('.');
  pen.font = `11px ${fontFamily}`;
  pen.fillStyle = colours.muted;
  if (cut >= 0) pen.fillText(fitted(pen, axis.title.slice(0, cut), step - 8), x, 14);
  pen.font = `600 11.5px ${fontFamily}`;
  pen.fillStyle = colours.ink;
  pen.fillText(fitted(pen, axis.title.slice(cut + 1), step - 8), x, 30);
  pen.font = `11px ${fontFamily}`;
  for (const [position, text] of axis.ticks) {
    const label = fitted(pen, text.replaceAll('_', ' '), step - 10);
    const wide = pen.measureText(label).width;
    pen.fillStyle = colours.surface;
    pen.globalAlpha = 0.86;
    pen.beginPath();
    pen.roundRect(x - wide / 2 - 4, y(position) - 8.5, wide + 8, 17, 4);
    pen.fill();
    pen.globalAlpha = 1;
    pen.fillStyle = colours.ink;
    pen.fillText(label, x, y(position) + 4);
  }
}

/** The colours' key: from the least to the most accurate student. */
function scaleKey(students: readonly Measured[], view: View): void {
  const swatches = Array.from({ length: 24 }, (_, i) =>
    s('rect', { x: i * 4, y: 0, width: 4.2, height: 8, fill: accuracyColour(i / 23, view.theme) }),
  );
  const ends = students.length === 0 ? ['', ''] : [students[0].accuracy, students[students.length - 1].accuracy].map(formatPercent);
  byId('parallel-controls').replaceChildren(
    h('span', {}, ends[0]),
    s('svg', { width: 96, height: 8, viewBox: '0 0 96 8', 'aria-hidden': 'true' }, ...swatches),
    h('span', {}, `${ends[1]} by rank`),
  );
}

function fitted(pen: CanvasRenderingContext2D, text: string, room: number): string {
  if (pen.measureText(text).width <= room) return text;
  const characters = [...text];
  while (characters.length > 1 && pen.measureText(`${characters.join('')}…`).width > room) characters.pop();
  return `${characters.join('')}…`;
}
