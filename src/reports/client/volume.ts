import { byId } from './dom.js';
import { costTitles } from './format.js';
import { axis, baseLayout, createPlot } from './plotly.js';
import { paletteOf } from './theme.js';
import { boxOf, hypervolumes } from './hypervolumes.js';
import type { Report } from './Report.js';
import type { State, View } from './state.js';

/** How much of the trade-off was won, trial by trial. */
export function startVolume(report: Report, state: State): void {
  const plot = createPlot(byId('volume'), (trial) => state.set({ selected: trial }));
  const draw = (view: View) => {
    const colours = paletteOf(view.theme);
    const box = boxOf(report, view.metric);
    const steps = hypervolumes(report.students, view.metric, box);
    const family = hypervolumes(report.baselines.filter((trial) => trial.fits), view.metric, box).at(-1);
    byId('volume-sub').textContent = `Area under the front (${costTitles[view.metric].toLowerCase()} on a log scale), as a share of what is possible`;
    void plot(
      [
        {
          type: 'scatter',
          mode: 'lines',
          x: steps.map((step) => step.trial),
          y: steps.map((step) => step.volume),
          customdata: steps.map((step) => step.trial),
          hovertemplate: 'Trial %{x}<br>%{y:.2%}<extra></extra>',
          line: { shape: 'hv', color: colours.front, width: 2 },
          fill: 'tozeroy',
          fillcolor: colours.volume,
        },
      ],
      {
        ...baseLayout(colours),
        xaxis: axis(colours, 'Trial', { rangemode: 'tozero' }),
        yaxis: axis(colours, '', { tickformat: '.0%', rangemode: 'tozero' }),
        shapes: family === undefined ? [] : [{ type: 'line', xref: 'paper', x0: 0, x1: 1, y0: family.volume, y1: family.volume, line: { color: colours.baseline, width: 1.3, dash: 'dot' } }],
        annotations: family === undefined ? [] : [{ xref: 'paper', x: 1, xanchor: 'right', y: family.volume, yanchor: 'top', text: 'scaled baseline', showarrow: false, font: { size: 11, color: colours.baseline } }],
      },
    );
  };
  draw(state.get());
  state.listen(['metric', 'theme'], draw);
}
