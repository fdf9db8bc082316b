import { attachBrush, onPress, type Box } from './plotArea.js';
import { margins, rangesOf, type Plot } from './plotly.js';
import { rangeQuery } from './selection.js';
import type { State } from './state.js';

/** A query field that an axis shows; `per` of the field's units make one of the axis'. */
export interface BrushedField {
  readonly field: string;
  readonly per?: number;
}

/**
 * Lets the reader drag a range over a plot whose axes are linear, as a query; a press on a point selects its trial. Where
 * the reader chose to zoom, plotly has the drag.
 */
export function attachPlotBrush(
  frame: HTMLElement,
  host: HTMLElement,
  plot: Plot,
  state: State,
  fields: () => { readonly x?: BrushedField; readonly y?: BrushedField },
): void {
  const area = (): Box => ({
    x0: margins.l,
    x1: host.clientWidth - margins.r,
    y0: margins.t,
    y1: host.clientHeight - margins.b,
  });
  const asked = fields();
  attachBrush(frame, {
    area,
    along: asked.x === undefined ? 'y' : asked.y === undefined ? 'x' : 'both',
    active: () => state.get().drag === 'select',
    done: (box) => {
      const { x, y } = fields();
      const { x0, x1, y0, y1 } = area();
      const ranges = rangesOf(host);
      const at = (share: number, [low, high]: readonly [number, number], { per = 1 }: BrushedField) =>
        Math.max(0, (low + share * (high - low)) * per);
      const query = (field: BrushedField, from: number, to: number, range: readonly [number, number]) => ({
        [field.field]: rangeQuery(field.field, at(from, range, field), at(to, range, field)),
      });
      state.brush({
        ...(x === undefined ? {} : query(x, (box.x0 - x0) / (x1 - x0), (box.x1 - x0) / (x1 - x0), ranges.x)),
        ...(y === undefined ? {} : query(y, (y1 - box.y1) / (y1 - y0), (y1 - box.y0) / (y1 - y0), ranges.y)),
      });
    },
  });
  // While the button is down the frame has the pointer, and plotly takes it for gone.
  let under: number | null = null;
  frame.addEventListener('pointerdown', () => (under = plot.hovered()), true);
  onPress(frame, () => {
    if (under !== null) state.set({ selected: under });
  });
}
