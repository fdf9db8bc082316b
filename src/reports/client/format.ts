import { formatBytes, formatCount, formatMilliseconds } from '../../core/units.js';
import { isLatency, type CostName, type CountedCost } from '../../costs/CostModel.js';

const titles: Readonly<Record<CountedCost, string>> = {
  bytes: 'Size of the weights',
  params: 'Parameters',
  macs: 'MACs',
  memory: 'Peak memory',
};

export function costTitle(metric: CostName): string {
  if (isLatency(metric)) return metric.replace(/^latency:?/, (word) => (word.endsWith(':') ? 'Latency, ' : 'Latency'));
  return titles[metric];
}

export function formatCost(metric: CostName, value: number): string {
  if (isLatency(metric)) return formatMilliseconds(value);
  return metric === 'bytes' || metric === 'memory' ? formatBytes(value) : formatCount(value);
}

export function formatPercent(share: number | null): string {
  return share === null ? '–' : `${(share * 100).toFixed(2)} %`;
}

/** A number of unknown kind: as short as it stays readable. */
export function formatNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : Number(value.toPrecision(4)).toString();
}

/** Text for places where plotly reads simple markup. */
export function plotText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
