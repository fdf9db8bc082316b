import { formatBytes, formatCount } from '../../core/units.js';
import type { CostName } from '../../costs/CostModel.js';

export const costTitles: Readonly<Record<CostName, string>> = {
  bytes: 'Size of the weights',
  params: 'Parameters',
  macs: 'MACs',
  memory: 'Peak memory',
};

export function formatCost(metric: CostName, value: number): string {
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
