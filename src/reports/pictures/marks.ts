/** Colours that colour-blind people tell apart (Okabe and Ito, 2008), each with a shape of its own. */
export const hues = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00'] as const;

type Shape = (x: number, y: number, r: number) => string;

const polygon = (points: readonly (readonly [number, number])[]) =>
  `M${points.map(([x, y]) => `${round(x)},${round(y)}`).join('L')}Z`;

const circle: Shape = (x, y, r) =>
  `M${round(x - r)},${round(y)}a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0Z`;
const square: Shape = (x, y, r) =>
  polygon([
    [x - r, y - r],
    [x + r, y - r],
    [x + r, y + r],
    [x - r, y + r],
  ]);
const triangle: Shape = (x, y, r) =>
  polygon([
    [x, y - 1.2 * r],
    [x + 1.1 * r, y + 0.8 * r],
    [x - 1.1 * r, y + 0.8 * r],
  ]);
const down: Shape = (x, y, r) =>
  polygon([
    [x, y + 1.2 * r],
    [x + 1.1 * r, y - 0.8 * r],
    [x - 1.1 * r, y - 0.8 * r],
  ]);
export const diamond: Shape = (x, y, r) =>
  polygon([
    [x, y - 1.3 * r],
    [x + 1.3 * r, y],
    [x, y + 1.3 * r],
    [x - 1.3 * r, y],
  ]);
export const star: Shape = (x, y, r) =>
  polygon(
    Array.from({ length: 10 }, (_, i) => {
      const reach = i % 2 === 0 ? 1.5 * r : 0.6 * r;
      const turn = (i * Math.PI) / 5;
      return [x + reach * Math.sin(turn), y - reach * Math.cos(turn)] as const;
    }),
  );

/** Shape of a study's front, by its place among the studies. */
export const shapes: readonly Shape[] = [circle, square, triangle, down, diamond, star];

/** A tenth of a pixel is finer than any eye. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
