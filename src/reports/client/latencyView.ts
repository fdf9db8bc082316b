import { kendallTau } from '../../core/kendallTau.js';
import { isLatency, type LatencyCost } from '../../costs/CostModel.js';
import { byId } from './dom.js';
import { costTitle, formatCost, plotText } from './format.js';
import { attachPlotBrush } from './plotBrush.js';
import { axis, baseLayout, createPlot, type Trace } from './plotly.js';
import { frontColour, paletteOf } from './theme.js';
import type { PageTrial } from './PageData.js';
import type { Parts } from './Parts.js';
import type { View } from './state.js';

interface Pair {
  readonly trial: PageTrial;
  readonly predicted: number;
  readonly measured: number;
  /** Other work on the machine disturbed the measurement. */
  readonly disturbed: boolean;
}

const symbols = ['circle', 'square', 'diamond', 'triangle-up', 'cross', 'star'] as const;

/** Measured against predicted latency, of each device; a point on the diagonal was predicted exactly. */
export function startLatency({ report, state, selection }: Parts): void {
  const names = report.costNames.filter(isLatency);
  const pairs = new Map(names.map((name) => [name, pairsOf(report.data.trials, name)]));
  const card = byId('latency-card');
  card.hidden = [...pairs.values()].every((list) => list.length === 0);
  // Beside another half where there is one, else alone in its row.
  byId('timeline-card').classList.toggle('half', !card.hidden);
  if (card.hidden) return;
  byId('latency-sub').textContent = [...pairs]
    .filter(([, list]) => list.length > 0)
    .map(([name, list]) => summary(name, list))
    .join(' ');
  const host = byId('latency');
  const plot = createPlot(host, (trial) => state.set({ selected: trial }));
  const draw = (view: View) => {
    const colours = paletteOf(view.theme);
    const chosen = selection(view);
    const all = [...pairs.values()].flat();
    const high = all.reduce((most, { predicted, measured }) => Math.max(most, predicted, measured), 0) * 1.06;
    const traces = [...pairs].flatMap(([name, list], i): Trace[] => [
      {
        type: 'scatter',
        mode: 'markers',
        x: list.map(({ predicted }) => predicted),
        y: list.map(({ measured }) => measured),
        customdata: list.map(({ trial }) => trial.key),
        text: list.map(({ trial, predicted, measured, disturbed }) =>
          plotText(
            `${report.nameOf(trial)}: predicted ${formatCost(name, predicted)}, measured ${formatCost(name, measured)}${disturbed ? ', disturbed' : ''}`,
          ),
        ),
        hovertemplate: '%{text}<extra></extra>',
        marker: {
          size: list.map(({ trial }) => (trial.key === view.selected ? 15 : 9)),
          symbol: list.map(({ disturbed }) => (disturbed ? `${symbols[i % 6]}-open` : symbols[i % 6])),
          color: list.map(({ trial }) =>
            report.several ? frontColour(colours, trial.study, true) : colours.studies[i % 6],
          ),
          opacity: list.map(({ trial }) => (chosen.has(trial) ? 1 : 0.15)),
          line: {
            width: list.map(({ trial, disturbed }) => (trial.key === view.selected ? 2.5 : disturbed ? 2 : 0)),
            color: colours.ink,
          },
        },
      },
    ]);
    void plot(traces, {
      ...baseLayout(colours),
      dragmode: view.drag === 'zoom' ? 'zoom' : false,
      xaxis: axis(colours, 'Predicted, ms', { range: [0, high] }),
      yaxis: axis(colours, 'Measured, ms', { range: [0, high] }),
      shapes: [
        {
          type: 'line',
          x0: 0,
          y0: 0,
          x1: high,
          y1: high,
          layer: 'below',
          line: { color: colours.faint, width: 1.4, dash: 'dash' },
        },
      ],
    });
  };
  draw(state.get());
  state.listen(['theme', 'selected', 'filter', 'drag'], draw);
  const first = names.find((name) => (pairs.get(name) ?? []).length > 0) ?? 'latency';
  attachPlotBrush(byId('latency-frame'), host, plot, state, () => ({
    x: { field: first },
    y: { field: `measured.${first}` },
  }));
}

function pairsOf(trials: readonly PageTrial[], name: LatencyCost): Pair[] {
  return trials.flatMap((trial) => {
    const [predicted, measured] = [trial.costs[name], trial.measured?.[name]];
    const disturbed = trial.measured?.[name.replace(/^latency/, 'latency_disturbed')] === 1;
    return predicted === undefined || measured === undefined ? [] : [{ trial, predicted, measured, disturbed }];
  });
}

/** How far predictions are off, in the middle, and whether they order the students as the measurements do. */
function summary(name: LatencyCost, list: readonly Pair[]): string {
  const off = list.map(({ predicted, measured }) => Math.abs(measured / predicted - 1)).sort((a, b) => a - b);
  const half = `half of the predictions are within ${(off[Math.floor((off.length - 1) / 2)] * 100).toFixed(0)} %`;
  const order =
    list.length < 3
      ? ''
      : `, Kendall’s τ ${kendallTau(
          list.map(({ predicted }) => predicted),
          list.map(({ measured }) => measured),
        ).toFixed(2)}`;
  const disturbed = list.filter((pair) => pair.disturbed).length;
  return `${costTitle(name)}: ${list.length} measured, ${half}${order}${disturbed > 0 ? `; ${disturbed} disturbed, hollow` : ''}.`;
}
