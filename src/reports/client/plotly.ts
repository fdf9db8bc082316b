import type { Palette } from './theme.js';

/** The little of plotly that the page uses; the library is the script after this one. */
export interface PlotPoint {
  readonly customdata?: unknown;
}
interface PlotElement extends HTMLElement {
  on(event: 'plotly_click' | 'plotly_hover', handler: (event: { readonly points: readonly PlotPoint[] }) => void): void;
  on(event: 'plotly_relayout' | 'plotly_unhover', handler: () => void): void;
  readonly layout?: Readonly<Record<'xaxis' | 'yaxis', { readonly range: readonly [number, number] }>>;
}
export type Trace = Readonly<Record<string, unknown>>;
export type Layout = Readonly<Record<string, unknown>>;
declare const Plotly: {
  react(host: HTMLElement, traces: readonly Trace[], layout: Layout, config: Layout): Promise<PlotElement>;
};

const config = { displayModeBar: false, responsive: true, doubleClick: 'reset', showTips: false };

export const fontFamily =
  'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

/** Room around every plot, in pixels; what is drawn by hand over a plot counts with it. */
export const margins = { l: 70, r: 14, t: 10, b: 48 } as const;

export interface Plot {
  (traces: readonly Trace[], layout: Layout): Promise<void>;
  zoomed(listener: () => void): void;
  /** Key of the trial under the pointer. */
  hovered(): number | null;
}

/** Draws or redraws a plot; a click on a point that carries a trial's number reports it. */
export function createPlot(host: HTMLElement, click: ((trial: number) => void) | null): Plot {
  let wired = false;
  let under: number | null = null;
  let zoomed: () => void = () => undefined;
  const draw = async (traces: readonly Trace[], layout: Layout): Promise<void> => {
    const plot = await Plotly.react(host, traces, layout, config);
    if (wired) return;
    wired = true;
    // Also after a change of the window's size, which plotly follows by itself.
    plot.on('plotly_relayout', () => zoomed());
    if (click === null) return;
    const trialOf = (points: readonly PlotPoint[]) =>
      points.map((point) => point.customdata).find((data) => typeof data === 'number') ?? null;
    plot.on('plotly_click', ({ points }) => {
      const trial = trialOf(points);
      if (trial !== null) click(trial);
    });
    plot.on('plotly_hover', ({ points }) => (under = trialOf(points)));
    plot.on('plotly_unhover', () => (under = null));
  };
  return Object.assign(draw, {
    zoomed: (listener: () => void) => void (zoomed = listener),
    hovered: () => under,
  });
}

/** Ranges of a drawn plot's axes as they are now; in decades where an axis is logarithmic. */
export function rangesOf(host: HTMLElement): { x: readonly [number, number]; y: readonly [number, number] } {
  const { layout } = host as PlotElement;
  if (layout === undefined) throw new Error('the plot is not drawn yet');
  return { x: layout.xaxis.range, y: layout.yaxis.range };
}

/** The frame that all plots share. */
export function baseLayout(colours: Palette): Layout {
  return {
    font: { family: fontFamily, size: 12, color: colours.muted },
    paper_bgcolor: 'rgba(0,0,0,0)',
    plot_bgcolor: 'rgba(0,0,0,0)',
    margin: { ...margins },
    showlegend: false,
    hovermode: 'closest',
    hoverdistance: 16,
    dragmode: matchMedia('(pointer: coarse)').matches ? false : 'zoom',
    hoverlabel: {
      bgcolor: colours.surface,
      bordercolor: colours.faint,
      font: { family: fontFamily, size: 12, color: colours.ink },
      align: 'left',
    },
  };
}

export function axis(colours: Palette, title: string, extra: Layout = {}): Layout {
  return {
    title: { text: title, font: { size: 12, color: colours.muted }, standoff: 10 },
    gridcolor: colours.grid,
    linecolor: colours.faint,
    tickcolor: colours.faint,
    tickfont: { color: colours.muted },
    zeroline: false,
    showline: false,
    ...extra,
  };
}
