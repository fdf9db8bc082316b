import { frontColour, type Palette } from './theme.js';
import type { Box, Place } from './plotArea.js';
import type { PageTrial } from './PageData.js';
import type { Kind } from './Report.js';
import { studySymbols, traceSymbol } from './studyMarks.js';

export interface CrowdPoint extends Place {
  readonly trial: PageTrial;
  readonly kind: Kind;
  /** Left by the filter. */
  readonly kept: boolean;
}

/**
 * Draws the trials behind the front: thousands of plotly's SVG marks would take seconds, a canvas takes milliseconds.
 * Those that the filter leaves out are faint and below. Of several studies, each has its colour and its shape.
 */
export function drawCrowd(
  pen: CanvasRenderingContext2D,
  points: readonly CrowdPoint[],
  area: Box,
  colours: Palette,
  several: boolean,
): void {
  const many = points.length > 1500;
  const radius = many ? 2 : 3.6;
  pen.save();
  pen.beginPath();
  pen.rect(area.x0, area.y0, area.x1 - area.x0, area.y1 - area.y0);
  pen.clip();
  pen.lineWidth = many ? 1 : 1.4;
  for (const kept of [false, true]) {
    for (const kind of ['infeasible', 'pruned', 'over', 'student'] as const) {
      const some = points.filter((point) => point.kept === kept && point.kind === kind);
      pen.globalAlpha = (kept ? (many ? 0.5 : 0.8) : many ? 0.07 : 0.14) * (several ? 0.75 : 1);
      pen.fillStyle = colours.dominated;
      pen.strokeStyle = kind === 'pruned' ? colours.pruned : kind === 'infeasible' ? colours.faint : colours.dominated;
      for (const { x, y, trial } of some) {
        if (several) pen.fillStyle = pen.strokeStyle = frontColour(colours, trial.study, true);
        if (kind === 'pruned') {
          pen.beginPath();
          pen.moveTo(x - radius, y - radius);
          pen.lineTo(x + radius, y + radius);
          pen.moveTo(x + radius, y - radius);
          pen.lineTo(x - radius, y + radius);
        } else traceSymbol(pen, several ? studySymbols[trial.study] : 'circle', x, y, radius);
        if (kind === 'student') pen.fill();
        else pen.stroke();
      }
    }
  }
  pen.restore();
}

const cell = 16;

/** Finds the point under the pointer among thousands: points lie in square cells, only near ones are looked at. */
export function createLocator<T extends Place>(points: readonly T[]): (at: Place, within: number) => T | undefined {
  const cells = new Map<number, T[]>();
  const key = (x: number, y: number) => x * 65_536 + y;
  for (const point of points) {
    const at = key(Math.floor(point.x / cell), Math.floor(point.y / cell));
    const list = cells.get(at);
    if (list === undefined) cells.set(at, [point]);
    else list.push(point);
  }
  return ({ x, y }, within) => {
    let best: T | undefined;
    let distance = within;
    const reach = Math.ceil(within / cell);
    const [cx, cy] = [Math.floor(x / cell), Math.floor(y / cell)];
    for (let i = cx - reach; i <= cx + reach; i++) {
      for (let j = cy - reach; j <= cy + reach; j++) {
        for (const point of cells.get(key(i, j)) ?? []) {
          const off = Math.hypot(point.x - x, point.y - y);
          if (off < distance) [best, distance] = [point, off];
        }
      }
    }
    return best;
  };
}
