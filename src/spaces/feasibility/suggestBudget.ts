import { formatBytes, formatCount, formatMilliseconds } from '../../core/units.js';

const words: Readonly<Record<string, { unit: string; show: (value: number) => string }>> = {
  bytes: { unit: 'B', show: formatBytes },
  params: { unit: 'params', show: (v) => formatCount(v, 'params') },
  macs: { unit: 'MACs', show: (v) => formatCount(v, 'MACs') },
  memory: { unit: 'B-memory', show: (v) => `${formatBytes(v)} of memory` },
};

/** `latency` or `latency:DEVICE`; the device, or undefined for another cost. */
const latencyMetric = /^latency(?::(.+))?$/;

/** The value of a cost in words: `41.2 KB`, `1.30 Mparams`, `4.20 ms on phone`. */
export function describeCost(metric: string, value: number): string {
  const latency = latencyMetric.exec(metric);
  if (latency) return `${formatMilliseconds(value)}${latency[1] === undefined ? '' : ` on ${latency[1]}`}`;
  return words[metric]?.show(value) ?? `${value} ${metric}`;
}

/** A `--budget` that just admits the value: two or three digits, rounded up (`42KB`, `1.4Mparams`, `phone:4.3ms`). */
export function suggestBudget(metric: string, value: number): string {
  const latency = latencyMetric.exec(metric);
  if (latency) return `${latency[1] === undefined ? '' : `${latency[1]}:`}${suggestTime(value)}`;
  const unit = words[metric]?.unit ?? metric;
  const prefix = value >= 1e9 ? 'G' : value >= 1e6 ? 'M' : value >= 1e3 ? 'K' : '';
  const scaled = value / { '': 1, K: 1e3, M: 1e6, G: 1e9 }[prefix];
  const step = prefix === '' || scaled >= 10 ? 1 : 0.1;
  // The small number keeps 1.2 / 0.1 from becoming 13 steps.
  const steps = Math.ceil(scaled / step - 1e-9);
  return `${step === 1 ? steps : (steps / 10).toFixed(1)}${prefix}${unit}`;
}

function suggestTime(ms: number): string {
  const [value, unit] = ms >= 1000 ? [ms / 1000, 's'] : ms >= 1 ? [ms, 'ms'] : [ms * 1000, 'us'];
  const steps = value >= 10 ? 1 : 10;
  return `${Math.ceil(value * steps) / steps}${unit}`;
}
