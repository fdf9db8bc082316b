import { s } from './dom.js';

/** How a study's front is told from another's: a shape each, and a colour of the palette. As many studies fit on a page. */
export const studySymbols = ['circle', 'square', 'triangle-up', 'triangle-down', 'pentagon', 'bowtie'] as const;
export type StudySymbol = (typeof studySymbols)[number];

/** Corners of each shape on a circle of radius 1; a circle has none. */
const corners: Readonly<Record<StudySymbol, readonly (readonly [number, number])[]>> = {
  circle: [],
  square: [
    [-0.9, -0.9],
    [0.9, -0.9],
    [0.9, 0.9],
    [-0.9, 0.9],
  ],
  'triangle-up': [
    [0, -1.2],
    [1.1, 0.8],
    [-1.1, 0.8],
  ],
  'triangle-down': [
    [0, 1.2],
    [1.1, -0.8],
    [-1.1, -0.8],
  ],
  pentagon: [
    [0, -1.1],
    [1.05, -0.3],
    [0.65, 0.9],
    [-0.65, 0.9],
    [-1.05, -0.3],
  ],
  bowtie: [
    [-1, -0.9],
    [1, 0.9],
    [1, -0.9],
    [-1, 0.9],
  ],
};

/** Traces the shape as a canvas path, to be filled or stroked. */
export function traceSymbol(
  pen: CanvasRenderingContext2D,
  symbol: StudySymbol,
  x: number,
  y: number,
  radius: number,
): void {
  pen.beginPath();
  if (symbol === 'circle') {
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    return;
  }
  for (const [dx, dy] of corners[symbol]) pen.lineTo(x + dx * radius, y + dy * radius);
  pen.closePath();
}

/** A small picture of a study's marker. */
export function studyMark(study: number): SVGSVGElement {
  const symbol = studySymbols[study];
  const points = corners[symbol].map(([dx, dy]) => `${8 + 5 * dx},${8 + 5 * dy}`).join(' ');
  return s(
    'svg',
    { class: `mark hue${study}`, viewBox: '0 0 16 16', 'aria-hidden': 'true' },
    symbol === 'circle' ? s('circle', { cx: 8, cy: 8, r: 5 }) : s('polygon', { points }),
  );
}
