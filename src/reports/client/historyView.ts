import { h, s } from './dom.js';
import { formatNumber } from './format.js';
import type { ReportTrial } from '../ReportData.js';

const [width, height] = [200, 60];

/** Every other metric that the rungs reported, loss terms among them, as a small curve each over the epochs. */
export function historyView(trial: ReportTrial): HTMLElement | null {
  const drawable = Object.entries(trial.history).filter(([, values]) => values.filter((v) => v !== null).length > 1);
  if (drawable.length === 0) return null;
  return h('div', { class: 'history' }, ...drawable.map(([name, values]) => panel(name, values, trial.epochs)));
}

function panel(name: string, values: readonly (number | null)[], epochs: readonly number[]): HTMLElement {
  const points = values.flatMap((value, i) => (value === null ? [] : [{ epoch: epochs[i], value }]));
  const high = points.reduce((most, { value }) => Math.max(most, value), -Infinity);
  const low = points.reduce((least, { value }) => Math.min(least, value), Infinity);
  const [first, last] = [points[0], points[points.length - 1]];
  const x = (epoch: number) => 4 + ((epoch - first.epoch) / (last.epoch - first.epoch || 1)) * (width - 8);
  const y = (value: number) => 6 + ((high - value) / (high - low || 1)) * (height - 12);
  const text = `${name} from ${formatNumber(first.value)} at epoch ${first.epoch} to ${formatNumber(last.value)} at epoch ${last.epoch}`;
  return h(
    'figure',
    {},
    h('figcaption', { title: name }, h('span', {}, name), h('b', {}, formatNumber(last.value))),
    s(
      'svg',
      { class: 'spark', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': text },
      s('title', {}, text),
      s('polyline', {
        points: points.map(({ epoch, value }) => `${x(epoch).toFixed(1)},${y(value).toFixed(1)}`).join(' '),
      }),
      ...points.map(({ epoch, value }) => s('circle', { cx: x(epoch), cy: y(value), r: 2 })),
    ),
  );
}
