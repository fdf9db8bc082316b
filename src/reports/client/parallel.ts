import { byId, h } from './dom.js';
import { formatCost, formatPercent } from './format.js';
import { fontFamily } from './plotly.js';
import { paletteOf } from './theme.js';
import { accuracyColour } from './accuracyColour.js';
import type { Measured, Report } from './Report.js';
import type { State, View } from './state.js';

const height = 340;
const top = 58;
const bottom = 26;

interface Axis {
  readonly title: string;
  /** Position of a trial on the axis in [0, 1] from the top; null where the choice is inactive. */
  readonly at: (trial: Measured) => number | null;
  readonly ticks: readonly (readonly [position: number, text: string])[];
}

/** Every student as a line over the axes of its choices, its cost and its accuracy; drawn on a canvas, since there may be thousands. */
export function startParallel(report: Report, state: State): void {
  const host = byId('parallel');
  const canvas = h('canvas', { role: 'img', 'aria-label': 'Parallel coordinates of the choices of every student' });
  host.replaceChildren(canvas);
  const pen = canvas.getContext('2d');
  if (pen === null) throw new Error('the browser has no 2d canvas');
  const students = [...report.students].sort((a, b) => a.accuracy - b.accuracy);
  const low = students[Math.floor(students.length * 0.05)]?.accuracy ?? 0;
  const high = students.at(-1)?.accuracy ?? 1;
  let axes: readonly Axis[] = [];
  let step = 0;
  let width = 0;
  const x = (i: number) => 46 + i * step;
  const y = (position: number) => top + position * (height - top - bottom);

  const trace = (trial: Measured) => {
    pen.beginPath();
    let open = false;
    axes.forEach((item, i) => {
      const at = item.at(trial);
      if (at === null) return;
      if (open) pen.lineTo(x(i), y(at));
      else pen.moveTo(x(i), y(at));
      open = true;
    });
    pen.stroke();
  };
  const draw = (view: View) => {
    const colours = paletteOf(view.theme);
    axes = axesOf(report, view, students);
    step = Math.max(76, (host.clientWidth - 92) / Math.max(1, axes.length - 1));
    width = Math.round(92 + step * (axes.length - 1));
    const ratio = window.devicePixelRatio || 1;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    pen.scale(ratio, ratio);
    pen.clearRect(0, 0, width, height);
    const selected = students.find((trial) => trial.number === view.selected);
    pen.lineWidth = students.length > 1000 ? 0.7 : 1.1;
    pen.globalAlpha = (students.length > 1000 ? 0.12 : students.length > 200 ? 0.3 : 0.55) * (selected === undefined ? 1 : 0.6);
    for (const trial of students) {
      pen.strokeStyle = accuracyColour(high > low ? (trial.accuracy - low) / (high - low) : 1, view.theme);
      trace(trial);
    }
    pen.globalAlpha = 1;
    axes.forEach((item, i) => drawAxis(item, x(i)));
    if (selected !== undefined) {
      pen.strokeStyle = colours.ink;
      pen.lineWidth = 2.6;
      trace(selected);
    }
    function drawAxis(item: Axis, at: number) {
      if (pen === null) return;
      pen.strokeStyle = colours.faint;
      pen.lineWidth = 1;
      pen.beginPath();
      pen.moveTo(at, y(0) - 4);
      pen.lineTo(at, y(1) + 4);
      pen.stroke();
      pen.textAlign = 'center';
      pen.fillStyle = colours.ink;
      pen.font = `600 11px ${fontFamily}`;
      const [first, second] = titleLines(item.title);
      pen.fillText(fitted(pen, first, step - 8), at, 14);
      pen.fillText(fitted(pen, second, step - 8), at, 29);
      pen.font = `10.5px ${fontFamily}`;
      for (const [position, text] of item.ticks) {
        const label = fitted(pen, text, step - 12);
        const wide = pen.measureText(label).width;
        pen.fillStyle = colours.surface;
        pen.globalAlpha = 0.82;
        pen.fillRect(at - wide / 2 - 3, y(position) - 8, wide + 6, 15);
        pen.globalAlpha = 1;
        pen.fillStyle = colours.muted;
        pen.fillText(label, at, y(position) + 3.5);
      }
    }
  };
  const nearest = (event: MouseEvent): Measured | undefined => {
    const box = canvas.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    const i = Math.max(0, Math.min(axes.length - 2, Math.floor((px - x(0)) / step)));
    const share = (px - x(i)) / step;
    let best: Measured | undefined;
    let distance = 12;
    for (const trial of students) {
      const [a, b] = [axes[i]?.at(trial), axes[i + 1]?.at(trial)];
      if (a === null || b === null || a === undefined || b === undefined) continue;
      const off = Math.abs(y(a + (b - a) * share) - py);
      if (off <= distance) [best, distance] = [trial, off];
    }
    return best;
  };
  canvas.addEventListener('click', (event) => {
    const trial = nearest(event);
    if (trial !== undefined) state.set({ selected: trial.number });
  });
  byId('parallel-sub').textContent = `${students.length} students, a line each; brighter is more accurate. Click a line to select it.`;
  draw(state.get());
  state.listen(['metric', 'theme', 'selected'], draw);
  let known = host.clientWidth;
  new ResizeObserver(() => {
    if (host.clientWidth === known) return;
    known = host.clientWidth;
    draw(state.get());
  }).observe(host);
}

/** Choices with more than one value, then the chosen cost and the accuracy. */
function axesOf(report: Report, view: View, students: readonly Measured[]): Axis[] {
  const axes = report.data.choices.flatMap((choice, i): Axis[] => {
    const last = choice.values.length - 1;
    if (last < 1) return [];
    const place = (value: number) => 1 - value / last;
    const every = Math.ceil(choice.values.length / 12);
    return [
      {
        title: choice.name,
        at: (trial) => (trial.choices[i] < 0 ? null : place(trial.choices[i])),
        ticks: choice.values.flatMap((text, k) => (k % every === 0 ? [[place(k), text] as const] : [])),
      },
    ];
  });
  const logs = students.map((trial) => Math.log(trial.costs[view.metric]));
  axes.push(numeric(view.metric, logs, (trial) => Math.log(trial.costs[view.metric]), (value) => formatCost(view.metric, Math.exp(value))));
  axes.push(numeric('accuracy', students.map((trial) => trial.accuracy), (trial) => trial.accuracy, formatPercent));
  return axes;
}

function numeric(title: string, values: readonly number[], read: (trial: Measured) => number, format: (value: number) => string): Axis {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const at = (value: number) => (high > low ? (high - value) / (high - low) : 0.5);
  const ticks = Number.isFinite(low) ? [0, 0.25, 0.5, 0.75, 1].map((share) => [share, format(high - share * (high - low))] as const) : [];
  return { title, at: (trial) => at(read(trial)), ticks: high > low ? ticks : ticks.slice(0, 1) };
}

/** `stage2.kernel` on two lines: where, what. */
function titleLines(title: string): [string, string] {
  const cut = title.lastIndexOf('.');
  return cut < 0 ? ['', title] : [title.slice(0, cut), title.slice(cut + 1)];
}

function fitted(pen: CanvasRenderingContext2D, text: string, room: number): string {
  if (pen.measureText(text).width <= room) return text;
  const characters = [...text];
  while (characters.length > 1 && pen.measureText(`${characters.join('')}…`).width > room) characters.pop();
  return `${characters.join('')}…`;
}
