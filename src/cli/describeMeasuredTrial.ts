import { formatMilliseconds } from '../core/units.js';

/** What was measured of a trial, for the eye: latencies with their unit, and whether other work disturbed them. */
export function describeMeasured(measured: Readonly<Record<string, number>>): [name: string, text: string][] {
  return Object.entries(measured).map(([name, value]) => {
    if (name.startsWith('latency_disturbed')) return [name, value === 1 ? 'yes' : 'no'];
    return [name, name.startsWith('latency') ? formatMilliseconds(value) : String(value)];
  });
}
