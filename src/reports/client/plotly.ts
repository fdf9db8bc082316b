import type { Palette } from './theme.js';

/** The little of plotly that the page uses; the library is the script after this one. */
export interface PlotPoint {
  readonly customdata?: unknown;
}
interface PlotElement extends HTMLElement {
  on(event: 'plotly_click', handler: (event: { readonly points: readonly PlotPoint[] }) => void): void;
}
export type Trace = Readonly<Record<string, unknown>>;
export type Layout = Readonly<Record<string, unknown>>;
declare const Plotly: {
  react(host: HTMLElement, traces: readonly Trace[], layout: Layout, config: Layout): Promise<PlotElement>;
};

const config = { displayModeBar: false, responsive: true, doubleClick: 'reset', showTips: false };

export const fontFamily = 'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

/** Draws or redraws a plot; a click on a point that carries a trial's number reports it. */
export function createPlot(host: HTMLElement, click: (trial: number) => void) {
  let wired = false;
  return async (traces: readonly Trace[], layout: Layout): Promise<void> => {
    const plot = await Plotly.react(host, traces, layout, config);
    if (wired) return;
    wired = true;
    plot.on('plotly_click', ({ points }) => {
      const trial = points.map((point) => point.customdata).find((data) => typeof data === 'number');
      if (trial !== undefined) click(trial);
    });
  };
}

/** The frame that all plots share. */
export function baseLayout(colours: Palette): Layout {
  return {
    font: { family: fontFamily, size: 12, color: colours.muted },
    paper_bgcolor: 'rgba(0,0,0,0)',
    plot_bgcolor: 'rgba(0,0,0,0)',
    margin: { l: 58, r: 14, t: 10, b: 48 },
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
