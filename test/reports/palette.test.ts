import { describe, expect, test } from 'vitest';
import { paletteOf } from '../../src/reports/client/theme.js';
import { hues } from '../../src/reports/pictures/marks.js';
import { tokens } from '../../src/reports/styles/tokens.js';

/** What whoever lacks one kind of cone sees: linear RGB, Machado, Oliveira and Fernandes 2009, severity 1. */
const visions = {
  normal: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

function linear(hex: string): number[] {
  return [1, 3, 5]
    .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
}

/** CIE L*a*b* of what a vision makes of a colour. */
function seen(hex: string, matrix: readonly number[]): number[] {
  const [r, g, b] = linear(hex);
  const [x, y, z] = [0, 3, 6].map((row) =>
    Math.min(1, Math.max(0, matrix[row] * r + matrix[row + 1] * g + matrix[row + 2] * b)),
  );
  const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const fx = f((0.4124564 * x + 0.3575761 * y + 0.1804375 * z) / 0.95047);
  const fy = f(0.2126729 * x + 0.7151522 * y + 0.072175 * z);
  const fz = f((0.0193339 * x + 0.119192 * y + 0.9503041 * z) / 1.08883);
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

/** The pair that is hardest to tell apart, and how far apart it is (CIE 1976; about 2.3 is just noticeable). */
function hardest(colours: readonly string[], matrix: readonly number[]): { pair: string; distance: number } {
  const pairs = colours.flatMap((one, i) =>
    colours.slice(i + 1).map((other) => {
      const [a, b] = [seen(one, matrix), seen(other, matrix)];
      return { pair: `${one} ${other}`, distance: Math.hypot(...a.map((value, k) => value - b[k])) };
    }),
  );
  return pairs.sort((a, b) => a.distance - b.distance)[0];
}

function contrast(one: string, other: string): number {
  const [dark, light] = [one, other]
    .map((hex) => linear(hex))
    .map(([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b)
    .sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

describe.each(Object.entries(visions))('with %s', (_name, matrix) => {
  test.each(['light', 'dark'] as const)('the marks of the %s report are told apart', (theme) => {
    const { front, dominated, baseline, teacher, promoted } = paletteOf(theme);
    const { pair, distance } = hardest([front, dominated, baseline, teacher, promoted], matrix);
    expect(distance, pair).toBeGreaterThan(14);
  });

  test.each(['light', 'dark'] as const)('so are six studies in one %s report', (theme) => {
    const { pair, distance } = hardest(paletteOf(theme).studies, matrix);
    expect(distance, pair).toBeGreaterThan(20);
  });

  test('and those of a picture', () => {
    const { pair, distance } = hardest(hues, matrix);
    expect(distance, pair).toBeGreaterThan(14);
  });
});

test.each(['light', 'dark'] as const)(
  'every colour of the %s report stands out from its ground (WCAG 1.4.11)',
  (theme) => {
    const { surface, front, baseline, teacher, promoted, studies } = paletteOf(theme);
    for (const colour of [front, baseline, teacher, promoted, ...studies]) {
      expect(contrast(colour, surface), colour).toBeGreaterThan(3);
      // The style sheet draws legends and marks in the same ones.
      expect(tokens).toContain(colour);
    }
  },
);
