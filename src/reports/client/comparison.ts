import { byId, h } from './dom.js';
import { formatDuration } from '../../core/units.js';
import { costTitle, formatCost, formatNumber, formatPercent } from './format.js';
import { mark } from './legend.js';
import { spreadOf } from './spread.js';
import { mostCompared, type View } from './state.js';
import type { Parts } from './Parts.js';
import type { PageTrial } from './PageData.js';
import type { Report } from './Report.js';

interface Line {
  readonly group: string;
  readonly name: string;
  readonly texts: readonly string[];
  /** Index of the best trial, where one can be called that. */
  readonly best: number | null;
}

/** Two to four trials side by side; lines in which they differ are marked. Hidden until a trial is added. */
export function startComparison({ report, state }: Parts): void {
  const card = byId('compare-card');
  let onlyDifferent = true;
  const draw = (view: View) => {
    const trials = view.compared.flatMap((key) => report.trial(key) ?? []);
    card.hidden = trials.length === 0;
    if (trials.length === 0) return;
    const lines = linesOf(trials, report);
    const differ = lines.filter(isDifferent);
    byId('compare-sub').textContent =
      trials.length === 1
        ? `Add up to ${mostCompared - 1} more: the button in a trial’s panel, or Shift and a click on a point.`
        : `${differ.length} of ${lines.length} lines differ, marked ≠; the best value of a line is marked ★.`;
    const shown = onlyDifferent && trials.length > 1 ? differ : lines;
    const groups = [...new Set(shown.map((line) => line.group))];
    byId('compare').replaceChildren(
      h(
        'table',
        { class: 'compared' },
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('td', {}),
            ...trials.map((trial) =>
              h('th', { scope: 'col' }, mark(report.kindOf(trial, view)), pick(trial), remove(trial)),
            ),
          ),
        ),
        ...groups.map((group) =>
          h(
            'tbody',
            {},
            h('tr', { class: 'group' }, h('th', { scope: 'rowgroup', colspan: trials.length + 1 }, group)),
            ...shown.filter((line) => line.group === group).map((line) => row(line, trials.length)),
          ),
        ),
      ),
    );
  };
  const pick = (trial: PageTrial) =>
    h(
      'button',
      { type: 'button', class: 'link', click: () => state.set({ selected: trial.key }) },
      report.nameOf(trial),
    );
  const remove = (trial: PageTrial) =>
    h(
      'button',
      {
        type: 'button',
        class: 'link',
        'aria-label': `Take ${report.nameOf(trial)} away`,
        click: () => state.compare(trial.key),
      },
      '×',
    );
  const same = byId('compare-same');
  same.addEventListener('click', () => {
    onlyDifferent = !onlyDifferent;
    same.setAttribute('aria-pressed', String(onlyDifferent));
    draw(state.get());
  });
  byId('compare-clear').addEventListener('click', () => state.set({ compared: [] }));
  draw(state.get());
  state.listen(['compared', 'x', 'y'], draw);
}

function row(line: Line, count: number): HTMLElement {
  const different = count > 1 && isDifferent(line);
  return h(
    'tr',
    { class: different ? 'different' : '' },
    h('th', { scope: 'row' }, line.name, different ? h('span', { class: 'sign', title: 'differs' }, '\u00a0≠') : null),
    ...line.texts.map((text, i) =>
      h('td', {}, text, different && line.best === i ? h('span', { class: 'sign', title: 'best' }, '\u00a0★') : null),
    ),
  );
}

function isDifferent(line: Line): boolean {
  return new Set(line.texts).size > 1;
}

/** Outcome, costs, choices and blocks of the trials, line by line. */
function linesOf(trials: readonly PageTrial[], report: Report): Line[] {
  const { choices, blocks } = report.data;
  const numbers = (
    group: string,
    name: string,
    read: (t: PageTrial) => number | null,
    text: (value: number) => string,
    better: 'high' | 'low' | null,
  ): Line => {
    const values = trials.map(read);
    const known = values.filter((value) => value !== null);
    const top = better === 'high' ? Math.max(...known) : Math.min(...known);
    const winners = values.flatMap((value, i) => (value === top ? [i] : []));
    return {
      group,
      name,
      texts: values.map((value) => (value === null ? '–' : text(value))),
      best: better !== null && winners.length === 1 ? winners[0] : null,
    };
  };
  const metrics = [...report.metricNames].filter(
    (name) => name !== 'accuracy' && trials.some((trial) => name in trial.metrics),
  );
  const depth = trials.reduce((most, trial) => Math.max(most, trial.blocks.length), 0);
  return [
    { group: 'Outcome', name: 'State', texts: trials.map((trial) => trial.state.toLowerCase()), best: null },
    numbers('Outcome', 'Accuracy', (trial) => trial.accuracy, formatPercent, 'high'),
    ...(trials.some((trial) => trial.runs !== undefined)
      ? [numbers('Outcome', 'Standard deviation of its runs', spreadOf, formatPercent, 'low')]
      : []),
    ...metrics.map((name) => numbers('Outcome', name, (trial) => trial.metrics[name] ?? null, formatNumber, null)),
    numbers('Outcome', 'Training time', (trial) => trial.elapsedMs, formatDuration, null),
    ...report.costNames.map((name) =>
      numbers(
        'Costs',
        costTitle(name),
        (trial) => trial.costs[name] ?? null,
        (value) => formatCost(name, value),
        'low',
      ),
    ),
    ...choices.flatMap((choice, i): Line[] =>
      trials.every((trial) => trial.choices[i] < 0)
        ? []
        : [
            {
              group: 'Choices',
              name: choice.name,
              texts: trials.map((trial) => choice.values[trial.choices[i]] ?? '–'),
              best: null,
            },
          ],
    ),
    ...Array.from({ length: depth }, (_, i): Line => {
      const text = (trial: PageTrial) => {
        const block = blocks[trial.blocks[i]];
        return block === undefined ? '–' : `${block.label} → ${block.outputShape.join(' × ')}`;
      };
      return { group: 'Blocks', name: `Block ${i + 1}`, texts: trials.map(text), best: null };
    }),
  ];
}
