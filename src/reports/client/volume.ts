import { byId, segments } from './dom.js';
import { formatDuration } from '../../core/units.js';
import { attachPlotBrush } from './plotBrush.js';
import { axis, baseLayout, createPlot, type Trace } from './plotly.js';
import { frontColour, paletteOf } from './theme.js';
import { axesVolumes, type Step } from './hypervolumes.js';
import { costIn, titleOf } from './quantities.js';
import { plotText } from './format.js';
import type { Measured } from './Report.js';
import type { Parts } from './Parts.js';
import type { View } from './state.js';

const dashes = ['solid', 'dash', 'dot', 'dashdot', 'longdash', 'longdashdot'] as const;

/** How much of the trade-off was won, trial by trial; a line for each study. What the filter leaves out does not count. */
export function startVolume({ report, state, selection }: Parts): void {
  const press = segments(
    byId('volume-over'),
    [
      ['trials', 'Trials'],
      ['time', 'Time'],
    ],
    (over) => state.set({ over }),
  );
  const host = byId('volume');
  const plot = createPlot(host, (trial) => state.set({ selected: trial }));
  let unit = unitOf(0);
  const { studies } = report.data;
  const draw = (view: View) => {
    const colours = paletteOf(view.theme);
    const chosen = selection(view);
    press(view.over);
    const overTime = view.over === 'time';
    const of = (trials: readonly Measured[], study: number): Step[] =>
      axesVolumes(
        report,
        trials.filter((trial) => trial.study === study),
        view,
        overTime ? endOf : undefined,
      );
    const kept = report.students.filter((trial) => chosen.has(trial));
    const lines = studies.map(({ index }) => of(kept, index));
    const longest = lines.reduce((most, steps) => Math.max(most, steps.at(-1)?.at ?? 0), 0);
    unit = unitOf(longest);
    const families = studies.flatMap(({ index }) => {
      const last = of(
        report.baselines.filter((trial) => trial.fits),
        index,
      ).at(-1);
      return last === undefined ? [] : [{ index, volume: last.volume }];
    });
    const both = view.x !== 'accuracy' && view.y !== 'accuracy';
    byId('volume-sub').textContent = [
      `Area under the front (${both ? 'both costs' : titleOf(costIn(view)).toLowerCase()} on a log scale), as a share of what is possible`,
      ...(chosen.all ? [] : ['only what the filter leaves']),
    ].join('; ');
    const traces = lines.map((steps, study): Trace => {
      // What changed nothing is on the line already.
      const shown = steps.filter((step, i) => i === 0 || i === steps.length - 1 || step.volume !== steps[i - 1].volume);
      const colour = frontColour(colours, study, report.several);
      const trialOf = (key: number) => report.trial(key);
      return {
        type: 'scatter',
        mode: 'lines',
        x: shown.map((step) => (overTime ? step.at / unit.ms : step.at)),
        y: shown.map((step) => step.volume),
        customdata: shown.map((step) => step.trial),
        text: shown.map((step) => {
          const trial = trialOf(step.trial);
          const name = trial === undefined ? '' : report.nameOf(trial);
          return plotText(`${name}${overTime ? `, after ${formatDuration(step.at)}` : ''}`);
        }),
        hovertemplate: '%{text}<br>%{y:.2%}<extra></extra>',
        line: { shape: 'hv', color: colour, width: 2, dash: report.several ? dashes[study] : 'solid' },
        ...(report.several ? {} : { fill: 'tozeroy', fillcolor: colours.volume }),
      };
    });
    const colourOf = (study: number) => (report.several ? colours.studies[study] : colours.baseline);
    void plot(traces, {
      ...baseLayout(colours),
      dragmode: view.drag === 'zoom' ? 'zoom' : false,
      xaxis: axis(colours, overTime ? `Time since the start, ${unit.name}` : 'Trial', { rangemode: 'tozero' }),
      yaxis: axis(colours, '', { tickformat: '.0%', rangemode: 'tozero' }),
      shapes: families.map(({ index, volume }) => ({
        type: 'line',
        xref: 'paper',
        x0: 0,
        x1: 1,
        y0: volume,
        y1: volume,
        line: { color: colourOf(index), width: 1.3, dash: 'dot' },
      })),
      annotations: [
        ...families.slice(0, 1).map(({ index, volume }) => ({
          xref: 'paper',
          x: 1,
          xanchor: 'right',
          y: volume,
          yanchor: 'top',
          text: 'scaled baseline',
          showarrow: false,
          font: { size: 11, color: colourOf(index) },
        })),
        ...(report.several ? lines : []).flatMap((steps, study) => {
          const last = steps.at(-1);
          return last === undefined
            ? []
            : [
                {
                  x: overTime ? last.at / unit.ms : last.at,
                  xanchor: 'right',
                  y: last.volume,
                  yanchor: 'bottom',
                  text: plotText(studies[study].name),
                  showarrow: false,
                  font: { size: 11, color: colours.studies[study] },
                },
              ];
        }),
      ],
    });
  };
  draw(state.get());
  state.listen(['x', 'y', 'theme', 'over', 'filter', 'drag'], draw);
  attachPlotBrush(byId('volume-frame'), host, plot, state, () => ({
    x: state.get().over === 'time' ? { field: 'ended', per: unit.ms / 1000 } : { field: 'trial' },
  }));
}

/** Milliseconds from the study's start to the trial's end. */
function endOf(trial: Measured): number {
  return (trial.startedMs ?? 0) + (trial.elapsedMs ?? 0) + (trial.pausedMs ?? 0);
}

function unitOf(longest: number): { readonly name: string; readonly ms: number } {
  if (longest < 180_000) return { name: 's', ms: 1000 };
  return longest < 3 * 3_600_000 ? { name: 'min', ms: 60_000 } : { name: 'h', ms: 3_600_000 };
}
