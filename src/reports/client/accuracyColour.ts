import type { Theme } from './state.js';

/** Cividis, read off at even steps: equal to the eye with and without red-green blindness. */
const stops = [
  [0, 34, 78],
  [53, 69, 108],
  [102, 105, 112],
  [148, 142, 119],
  [200, 184, 102],
  [254, 232, 56],
] as const;

/** Colour of a share in [0, 1]; each theme leaves out the end that its background would swallow. */
export function accuracyColour(share: number, theme: Theme): string {
  const clamped = Math.max(0, Math.min(1, share));
  // On white the best are the darkest, on black the brightest.
  const position = theme === 'dark' ? 0.22 + 0.78 * clamped : 0.9 - 0.85 * clamped;
  const scaled = position * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(scaled));
  const mix = scaled - low;
  const [r, g, b] = [0, 1, 2].map((i) => Math.round(stops[low][i] + (stops[low + 1][i] - stops[low][i]) * mix));
  return `rgb(${r} ${g} ${b})`;
}
