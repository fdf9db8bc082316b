import { s } from './dom.js';

/** A small learning curve with the teacher's accuracy as a dashed line. */
export function sparkline(curve: readonly (readonly [number, number])[], teacher: number | null): SVGSVGElement {
  const [width, height] = [320, 76];
  const values = curve.map(([, accuracy]) => accuracy);
  const high = Math.max(...values, teacher ?? 0);
  const low = Math.min(...values);
  const last = curve[curve.length - 1];
  const x = (epoch: number) => 6 + ((epoch - curve[0][0]) / Math.max(1, last[0] - curve[0][0])) * (width - 66);
  const y = (accuracy: number) => 8 + ((high - accuracy) / (high - low || 1)) * (height - 26);
  const points = curve.map(([epoch, accuracy]) => `${x(epoch).toFixed(1)},${y(accuracy).toFixed(1)}`);
  return s(
    'svg',
    {
      class: 'spark',
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'aria-label': `Accuracy from ${percent(values[0])} to ${percent(last[1])}`,
    },
    teacher === null ? null : s('line', { class: 'teacher', x1: 0, x2: width, y1: y(teacher), y2: y(teacher) }),
    s('polyline', { points: points.join(' ') }),
    ...curve.map(([epoch, accuracy]) => s('circle', { cx: x(epoch), cy: y(accuracy), r: 2.4 })),
    s('text', { x: x(last[0]) + 8, y: y(last[1]) + 4 }, percent(last[1])),
    s('text', { class: 'tick', x: x(curve[0][0]), y: height - 3 }, `epoch ${curve[0][0]}`),
    s('text', { class: 'tick', x: x(last[0]), y: height - 3, 'text-anchor': 'end' }, String(last[0])),
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
