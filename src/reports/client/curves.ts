import { byId } from './dom.js';
import { formatPercent } from './format.js';
import { attachPlotBrush } from './plotBrush.js';
import { axis, baseLayout, createPlot, type Trace } from './plotly.js';
import { frontColour, paletteOf } from './theme.js';
import type { Parts } from './Parts.js';
import type { PageTrial } from './PageData.js';
import type { View } from './state.js';

/** More curves than these cannot be told apart; the selected one and the front's are always drawn. */
const most = 300;

/** Accuracy after each epoch: all trials faint, the front in colour, the selected one strong. */
export function startCurves({ report, state, selection }: Parts): void {
  const host = byId('curves');
  const plot = createPlot(host, (trial) => state.set({ selected: trial }));
  const drawable = report.data.trials.filter((trial) => trial.curve.length > 0);
  const draw = (view: View) => {
    const colours = paletteOf(view.theme);
    const chosen = selection(view);
    const kept = drawable.filter((trial) => chosen.has(trial));
    const step = Math.max(1, Math.ceil(kept.length / most));
    const crowd = kept.filter((_trial, i) => i % step === 0);
    byId('curves-sub').textContent =
      step === 1
        ? 'Validation accuracy after each epoch of brief distillation; pruned ones are dotted and end in a cross'
        : `Validation accuracy after each epoch; every ${step}th of ${kept.length} trials and the front`;
    const front = report.front(view).filter((trial) => chosen.has(trial));
    const family = report.baselines.filter((trial) => chosen.has(trial));
    const onFront = new Set(front.map((trial) => trial.key));
    const baselines = new Set(report.baselines.map((trial) => trial.key));
    const selected = drawable.filter((trial) => trial.key === view.selected);
    const longest = drawable.reduce((most, trial) => Math.max(most, trial.curve.at(-1)?.[0] ?? 1), 1);
    const { studies } = report.data;
    const teachers = [...new Set(studies.flatMap(({ teacher }) => teacher?.accuracy ?? []))];
    const rest = crowd.filter((trial) => !onFront.has(trial.key) && !baselines.has(trial.key));
    const pruned = rest.filter((trial) => trial.state === 'PRUNED' || trial.state === 'PAUSED');
    const ended = rest.filter((trial) => trial.state !== 'PRUNED' && trial.state !== 'PAUSED');
    void plot(
      [
        lines(ended, { color: colours.dominated, width: 1 }, { opacity: crowd.length > 100 ? 0.3 : 0.5 }),
        lines(
          pruned,
          { color: colours.pruned, width: 1, dash: 'dot' },
          {
            opacity: crowd.length > 100 ? 0.35 : 0.6,
            mode: 'lines+markers',
            marker: { symbol: 'x-thin', size: lastSizes(pruned), line: { width: 1.4, color: colours.pruned } },
          },
        ),
        lines(family, { color: colours.baseline, width: 1.3, dash: 'dot' }),
        ...studies.map(({ index }) =>
          lines(
            front.filter((trial) => trial.study === index),
            { color: frontColour(colours, index, report.several), width: 1.4 },
            { opacity: front.length > 15 ? 0.5 : 0.8 },
          ),
        ),
        lines(
          selected,
          { color: colours.ink, width: 3 },
          { mode: 'lines+markers', marker: { size: 6, color: colours.ink } },
        ),
      ],
      {
        ...baseLayout(colours),
        dragmode: view.drag === 'zoom' ? 'zoom' : false,
        xaxis: axis(colours, 'Epoch', {
          dtick: longest <= 12 ? 1 : undefined,
          range: [1 - longest * 0.02, longest * 1.02],
        }),
        yaxis: axis(colours, '', { tickformat: '.0%' }),
        shapes: teachers.map((accuracy) => ({
          type: 'line',
          xref: 'paper',
          x0: 0,
          x1: 1,
          y0: accuracy,
          y1: accuracy,
          line: { color: colours.teacher, width: 1.3, dash: 'dash' },
        })),
        annotations: teachers.map((accuracy) => ({
          xref: 'paper',
          x: 0,
          xanchor: 'left',
          y: accuracy,
          yanchor: 'bottom',
          text: 'teacher',
          showarrow: false,
          font: { size: 11, color: colours.teacher },
        })),
      },
    );
  };
  draw(state.get());
  state.listen(['x', 'y', 'theme', 'selected', 'filter', 'drag'], draw);
  attachPlotBrush(byId('curves-frame'), host, plot, state, () => ({ y: { field: 'accuracy' } }));
}

/** Sizes of the points of many curves: only the last point of each is drawn, where the trial was ended. */
function lastSizes(trials: readonly PageTrial[]): number[] {
  return trials.flatMap(({ curve }) => [...curve.map((_, i) => (i === curve.length - 1 ? 6 : 0)), 0]);
}

/** Many curves as one trace: gaps part them, every point carries its trial's number. */
function lines(trials: readonly PageTrial[], line: Trace, more: Trace = {}): Trace {
  const x: (number | null)[] = [];
  const y: (number | null)[] = [];
  const customdata: number[] = [];
  const text: string[] = [];
  for (const trial of trials) {
    for (const [epoch, accuracy] of trial.curve) {
      x.push(epoch);
      y.push(accuracy);
      customdata.push(trial.key);
      text.push(`Trial ${trial.number} · epoch ${epoch}<br>${formatPercent(accuracy)}`);
    }
    x.push(null);
    y.push(null);
    customdata.push(trial.key);
    text.push('');
  }
  return {
    type: 'scatter',
    mode: 'lines',
    x,
    y,
    customdata,
    text,
    hovertemplate: '%{text}<extra></extra>',
    line,
    connectgaps: false,
    ...more,
  };
}
