import { byId } from './dom.js';
import { plotText } from './format.js';
import { axis, baseLayout, createPlot, type Layout, type Trace } from './plotly.js';
import { paletteOf, type Palette } from './theme.js';
import type { PageTrial } from './PageData.js';
import type { Parts } from './Parts.js';
import type { View } from './state.js';

const dashes = ['solid', 'dash', 'dot', 'dashdot', 'longdash', 'longdashdot'] as const;
const symbols = ['circle', 'square', 'diamond', 'cross', 'triangle-up', 'star'] as const;

const isWeight = (name: string) => name.startsWith('weight_');
const isLoss = (name: string) => /^(train_)?loss(_|$)/.test(name);

/** Loss terms of the selected trial over its epochs, and below them the weights that changed while it was trained. */
export function startLosses({ report, state }: Parts): void {
  const plot = createPlot(byId('losses'), null);
  const draw = (view: View) => {
    const trial = view.selected === null ? undefined : report.trial(view.selected);
    const names = Object.keys(trial?.history ?? {});
    const [losses, weights] = [names.filter(isLoss), names.filter(isWeight)];
    const title = trial === undefined ? '' : report.nameOf(trial);
    byId('losses-sub').textContent =
      trial === undefined
        ? 'Select a trial.'
        : losses.length === 0
          ? `${title} has reported no losses.`
          : `${title}: each term before its weight${weights.length > 0 ? '; below, the weights that changed' : ''}`;
    const colours = paletteOf(view.theme);
    const lines = (list: readonly string[], lane: 'y' | 'y2') =>
      trial === undefined ? [] : list.map((name, i) => line(trial, name, i, lane, colours));
    void plot([...lines(losses, 'y'), ...lines(weights, 'y2')], layoutOf(trial, weights.length > 0, colours));
  };
  draw(state.get());
  state.listen(['selected', 'theme'], draw);
}

function line(trial: PageTrial, name: string, i: number, yaxis: 'y' | 'y2', colours: Palette): Trace {
  const colour = colours.studies[i % colours.studies.length];
  return {
    type: 'scatter',
    mode: 'lines+markers',
    name: plotText(name),
    x: trial.epochs,
    y: trial.history[name],
    yaxis,
    hovertemplate: `${plotText(name)}<br>epoch %{x}: %{y:.4g}<extra></extra>`,
    line: { color: colour, width: 1.8, dash: dashes[i % dashes.length] },
    marker: { symbol: symbols[i % symbols.length], size: 6, color: colour },
  };
}

function layoutOf(trial: PageTrial | undefined, weighted: boolean, colours: Palette): Layout {
  const longest = trial?.epochs.at(-1) ?? 1;
  const below = axis(colours, 'weight', { domain: [0, 0.28], rangemode: 'tozero', nticks: 3 });
  return {
    ...baseLayout(colours),
    dragmode: false,
    showlegend: true,
    legend: { orientation: 'h', y: 1.02, yanchor: 'bottom', x: 0, font: { size: 11.5, color: colours.ink } },
    margin: { l: 70, r: 14, t: 42, b: 48 },
    xaxis: axis(colours, 'Epoch', { dtick: longest <= 12 ? 1 : undefined, anchor: weighted ? 'y2' : 'y' }),
    yaxis: axis(colours, 'loss', { domain: weighted ? [0.4, 1] : [0, 1], rangemode: 'tozero' }),
    ...(weighted ? { yaxis2: below } : {}),
  };
}
