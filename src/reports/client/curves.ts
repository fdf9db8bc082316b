import { byId } from './dom.js';
import { formatPercent } from './format.js';
import { axis, baseLayout, createPlot, type Trace } from './plotly.js';
import { paletteOf } from './theme.js';
import type { Parts } from './Parts.js';
import type { ReportTrial } from '../ReportData.js';
import type { View } from './state.js';

/** More curves than these cannot be told apart; the selected one and the front's are always drawn. */
const most = 300;

/** Accuracy after each epoch: all trials faint, the front in colour, the selected one strong. */
export function startCurves({ report, state, selection }: Parts): void {
  const plot = createPlot(byId('curves'), (trial) => state.set({ selected: trial }));
  const drawable = report.data.trials.filter((trial) => trial.curve.length > 0);
  const draw = (view: View) => {
    const colours = paletteOf(view.theme);
    const chosen = selection(view);
    const kept = drawable.filter((trial) => chosen.has(trial));
    const step = Math.max(1, Math.ceil(kept.length / most));
    const crowd = kept.filter((_trial, i) => i % step === 0);
    byId('curves-sub').textContent =
      step === 1
        ? 'Validation accuracy after each epoch of brief distillation'
        : `Validation accuracy after each epoch; every ${step}th of ${kept.length} trials and the front`;
    const front = report.front(view.metric).filter((trial) => chosen.has(trial));
    const family = report.baselines.filter((trial) => chosen.has(trial));
    const onFront = new Set(front.map((trial) => trial.number));
    const baselines = new Set(report.baselines.map((trial) => trial.number));
    const selected = drawable.filter((trial) => trial.number === view.selected);
    const longest = drawable.reduce((most, trial) => Math.max(most, trial.curve.at(-1)?.[0] ?? 1), 1);
    const { teacher } = report.data;
    const rest = crowd.filter((trial) => !onFront.has(trial.number) && !baselines.has(trial.number));
    void plot(
      [
        lines(rest, { color: colours.dominated, width: 1 }, { opacity: crowd.length > 100 ? 0.3 : 0.5 }),
        lines(family, { color: colours.baseline, width: 1.3, dash: 'dot' }),
        lines(front, { color: colours.front, width: 1.4 }, { opacity: front.length > 15 ? 0.5 : 0.8 }),
        lines(
          selected,
          { color: colours.ink, width: 3 },
          { mode: 'lines+markers', marker: { size: 6, color: colours.ink } },
        ),
      ],
      {
        ...baseLayout(colours),
        xaxis: axis(colours, 'Epoch', {
          dtick: longest <= 12 ? 1 : undefined,
          range: [1 - longest * 0.02, longest * 1.02],
        }),
        yaxis: axis(colours, '', { tickformat: '.0%' }),
        shapes:
          teacher === null
            ? []
            : [
                {
                  type: 'line',
                  xref: 'paper',
                  x0: 0,
                  x1: 1,
                  y0: teacher.accuracy,
                  y1: teacher.accuracy,
                  line: { color: colours.teacher, width: 1.3, dash: 'dash' },
                },
              ],
        annotations:
          teacher === null
            ? []
            : [
                {
                  xref: 'paper',
                  x: 0,
                  xanchor: 'left',
                  y: teacher.accuracy,
                  yanchor: 'bottom',
                  text: 'teacher',
                  showarrow: false,
                  font: { size: 11, color: colours.teacher },
                },
              ],
      },
    );
  };
  draw(state.get());
  state.listen(['metric', 'theme', 'selected', 'filter'], draw);
}

/** Many curves as one trace: gaps part them, every point carries its trial's number. */
function lines(trials: readonly ReportTrial[], line: Trace, more: Trace = {}): Trace {
  const x: (number | null)[] = [];
  const y: (number | null)[] = [];
  const customdata: number[] = [];
  const text: string[] = [];
  for (const trial of trials) {
    for (const [epoch, accuracy] of trial.curve) {
      x.push(epoch);
      y.push(accuracy);
      customdata.push(trial.number);
      text.push(`Trial ${trial.number} · epoch ${epoch}<br>${formatPercent(accuracy)}`);
    }
    x.push(null);
    y.push(null);
    customdata.push(trial.number);
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
