import { byId, segments } from './dom.js';
import { formatDuration } from '../../core/units.js';
import { costTitle } from './format.js';
import { axis, baseLayout, createPlot } from './plotly.js';
import { paletteOf } from './theme.js';
import { boxOf, hypervolumes } from './hypervolumes.js';
import type { Measured } from './Report.js';
import type { Parts } from './Parts.js';
import type { View } from './state.js';

/** How much of the trade-off was won, trial by trial. */
export function startVolume({ report, state }: Parts): void {
  const press = segments(
    byId('volume-over'),
    [
      ['trials', 'Trials'],
      ['time', 'Time'],
    ],
    (over) => state.set({ over }),
  );
  const plot = createPlot(byId('volume'), (trial) => state.set({ selected: trial }));
  const draw = (view: View) => {
    const colours = paletteOf(view.theme);
    const box = boxOf(report, view.metric);
    press(view.over);
    const overTime = view.over === 'time';
    const all = hypervolumes(report.students, view.metric, box, overTime ? endOf : undefined);
    // What changed nothing is on the line already.
    const steps = all.filter((step, i) => i === 0 || i === all.length - 1 || step.volume !== all[i - 1].volume);
    const unit = unitOf(all.at(-1)?.at ?? 0);
    const family = hypervolumes(
      report.baselines.filter((trial) => trial.fits),
      view.metric,
      box,
    ).at(-1);
    byId('volume-sub').textContent =
      `Area under the front (${costTitle(view.metric).toLowerCase()} on a log scale), as a share of what is possible`;
    void plot(
      [
        {
          type: 'scatter',
          mode: 'lines',
          x: steps.map((step) => (overTime ? step.at / unit.ms : step.trial)),
          y: steps.map((step) => step.volume),
          customdata: steps.map((step) => step.trial),
          text: steps.map((step) => `Trial ${step.trial}${overTime ? `, after ${formatDuration(step.at)}` : ''}`),
          hovertemplate: '%{text}<br>%{y:.2%}<extra></extra>',
          line: { shape: 'hv', color: colours.front, width: 2 },
          fill: 'tozeroy',
          fillcolor: colours.volume,
        },
      ],
      {
        ...baseLayout(colours),
        xaxis: axis(colours, overTime ? `Time since the start, ${unit.name}` : 'Trial', { rangemode: 'tozero' }),
        yaxis: axis(colours, '', { tickformat: '.0%', rangemode: 'tozero' }),
        shapes:
          family === undefined
            ? []
            : [
                {
                  type: 'line',
                  xref: 'paper',
                  x0: 0,
                  x1: 1,
                  y0: family.volume,
                  y1: family.volume,
                  line: { color: colours.baseline, width: 1.3, dash: 'dot' },
                },
              ],
        annotations:
          family === undefined
            ? []
            : [
                {
                  xref: 'paper',
                  x: 1,
                  xanchor: 'right',
                  y: family.volume,
                  yanchor: 'top',
                  text: 'scaled baseline',
                  showarrow: false,
                  font: { size: 11, color: colours.baseline },
                },
              ],
      },
    );
  };
  draw(state.get());
  state.listen(['metric', 'theme', 'over'], draw);
}

/** Milliseconds from the study's start to the trial's end. */
function endOf(trial: Measured): number {
  return (trial.startedMs ?? 0) + (trial.elapsedMs ?? 0);
}

function unitOf(longest: number): { readonly name: string; readonly ms: number } {
  if (longest < 180_000) return { name: 's', ms: 1000 };
  return longest < 3 * 3_600_000 ? { name: 'min', ms: 60_000 } : { name: 'h', ms: 3_600_000 };
}
