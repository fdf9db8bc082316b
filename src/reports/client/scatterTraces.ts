import { frontColour, paletteOf } from './theme.js';
import { valueOf } from './quantities.js';
import { spreadOf } from './spread.js';
import { studySymbols } from './studyMarks.js';
import type { Report } from './Report.js';
import type { PageTrial } from './PageData.js';
import type { Selection } from './selection.js';
import type { Trace } from './plotly.js';
import type { View } from './state.js';

/** The scatter's layers above the crowd (crowd.ts), the selection on top. Each kind is told by its shape alone. */
export function scatterTraces(report: Report, view: View, selection: Selection): Trace[] {
  const colours = paletteOf(view.theme);
  const { studies } = report.data;
  const points = (trials: readonly PageTrial[], marker: Trace, more: Trace = {}): Trace => ({
    type: 'scatter',
    mode: 'markers',
    x: trials.map((trial) => valueOf(trial, view.x)),
    y: trials.map((trial) => valueOf(trial, view.y)),
    customdata: trials.map((trial) => trial.key),
    hoverinfo: 'skip',
    marker: { opacity: trials.map((trial) => (selection.has(trial) ? 1 : 0.15)), ...marker },
    ...more,
  });
  const present = (keys: readonly number[]) => keys.flatMap((key) => report.trial(key) ?? []);
  // Of accuracy against accuracy there is nothing; a cost's staircase turns before or after the step.
  const staircase = view.x === 'accuracy' ? 'vh' : 'hv';
  const shown = studies.filter(({ index }) => !view.filter.hiddenStudies.has(index));
  return [
    ...shown.map(({ index }) =>
      points(
        report.baselines
          .filter((trial) => trial.study === index)
          .sort((a, b) => (valueOf(a, view.x) ?? 0) - (valueOf(b, view.x) ?? 0)),
        {
          symbol: 'diamond',
          size: 10,
          color: colours.surface,
          line: { width: 2, color: report.several ? colours.studies[index] : colours.baseline },
        },
        {
          mode: 'lines+markers',
          line: { color: report.several ? colours.studies[index] : colours.baseline, width: 1.5, dash: 'dot' },
        },
      ),
    ),
    ...shown.map(({ index }) =>
      points(
        report.front(view, index),
        {
          symbol: report.several ? studySymbols[index] : 'circle',
          size: 11,
          color: frontColour(colours, index, report.several),
          line: { width: 1.5, color: colours.surface },
        },
        {
          mode: 'lines+markers',
          line: { color: frontColour(colours, index, report.several), width: 2, shape: staircase },
        },
      ),
    ),
    ...errorBars(report, view, selection),
    points(present([...report.promoted]), {
      symbol: 'hexagon2-open',
      size: 18,
      color: colours.promoted,
      line: { width: 2.2, color: colours.promoted },
    }),
    teacherTrace(report, view),
    points(present(view.compared), {
      symbol: 'square-open',
      size: 21,
      opacity: 1,
      color: colours.ink,
      line: { width: 1.4, color: colours.ink },
    }),
    points(present(view.selected === null ? [] : [view.selected]), {
      symbol: 'circle-open',
      size: 27,
      opacity: 1,
      color: colours.ink,
      line: { width: 2, color: colours.ink },
    }),
  ];
}

/**
 * A bar of one standard deviation either way over each confirmed trial, on whichever axis shows its accuracy; those of the
 * front stand out, so that many others do not hide it.
 */
function errorBars(report: Report, view: View, selection: Selection): Trace[] {
  const colours = paletteOf(view.theme);
  const side = view.y === 'accuracy' ? 'error_y' : view.x === 'accuracy' ? 'error_x' : null;
  const confirmed = side === null ? [] : report.data.trials.filter((t) => selection.has(t) && spreadOf(t) !== null);
  const bars = (trials: readonly PageTrial[], color: string, thickness: number): Trace => ({
    type: 'scatter',
    mode: 'markers',
    x: trials.map((trial) => valueOf(trial, view.x)),
    y: trials.map((trial) => valueOf(trial, view.y)),
    hoverinfo: 'skip',
    marker: { size: 1, color },
    ...(side === null
      ? {}
      : { [side]: { type: 'data', array: trials.map((trial) => spreadOf(trial)), color, thickness, width: 3 } }),
  });
  const onFront = (trial: PageTrial) => report.kindOf(trial, view) === 'front';
  return [
    bars(
      confirmed.filter((trial) => !onFront(trial)),
      colours.dominated,
      1,
    ),
    bars(confirmed.filter(onFront), colours.ink, 1.5),
  ];
}

/** Every different teacher as a star. One whose cost is unknown (0) has no place; its accuracy is a line of the layout. */
function teacherTrace(report: Report, view: View): Trace {
  const colours = paletteOf(view.theme);
  const places = new Map<string, { x: number; y: number; name: string }>();
  for (const { teacher } of report.data.studies) {
    if (teacher === null) continue;
    const [x, y] = [valueOf(teacher, view.x), valueOf(teacher, view.y)];
    if (x !== null && y !== null && x > 0 && y > 0) places.set(`${x} ${y}`, { x, y, name: teacher.name });
  }
  const all = [...places.values()];
  return {
    type: 'scatter',
    mode: 'markers+text',
    x: all.map((place) => place.x),
    y: all.map((place) => place.y),
    text: all.map(() => 'teacher'),
    // To the left: it stands at the right end of the axis.
    textposition: 'bottom left',
    textfont: { color: colours.teacher, size: 12 },
    hoverinfo: 'skip',
    marker: { symbol: 'star', size: 17, color: colours.teacher, line: { width: 1.5, color: colours.surface } },
  };
}
