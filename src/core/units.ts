const decimal = { '': 1, K: 1e3, M: 1e6, G: 1e9 } as const;

/** Formats bytes with decimal prefixes (1 MB = 10^6 bytes): `930 B`, `1.25 MB`. */
export function formatBytes(bytes: number): string {
  return formatWith(bytes, 'B');
}

/** Formats a count with decimal prefixes: `930`, `1.25 M`, with an optional unit after it. */
export function formatCount(count: number, unit = ''): string {
  return formatWith(count, unit).trimEnd();
}

function formatWith(value: number, unit: string): string {
  const size = Math.abs(value);
  const prefix = size >= decimal.G ? 'G' : size >= decimal.M ? 'M' : size >= decimal.K ? 'K' : '';
  const scaled = value / decimal[prefix];
  const digits = prefix === '' ? (Number.isInteger(value) ? 0 : 2) : scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2;
  return `${scaled.toFixed(digits)} ${prefix}${unit}`;
}

/** Formats a latency given in milliseconds: `85.0 µs`, `4.20 ms`, `1.25 s`. */
export function formatMilliseconds(ms: number): string {
  const [value, unit] = ms >= 1000 ? [ms / 1000, 's'] : ms >= 1 || ms === 0 ? [ms, 'ms'] : [ms * 1000, 'µs'];
  return `${value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2)} ${unit}`;
}

/** Formats a duration in milliseconds: `850 ms`, `12.3 s`, `4 min 05 s`, `2 h 03 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const two = (n: number) => String(n).padStart(2, '0');
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${two(Math.floor((seconds % 3600) / 60))} min`;
}
