import { byId, h } from './dom.js';
import { mark } from './legend.js';
import { studyMark } from './studyMarks.js';
import { noFilter, type Filter } from './selection.js';
import type { Kind } from './Report.js';
import type { Parts } from './Parts.js';
import type { View } from './state.js';

const kindTitles: readonly (readonly [Kind, string])[] = [
  ['front', 'Front'],
  ['student', 'Dominated'],
  ['baseline', 'Baseline'],
  ['over', 'Over budget'],
  ['pruned', 'Pruned'],
  ['failed', 'Failed'],
  ['infeasible', 'Infeasible'],
  ['open', 'Open'],
];

/** The query, the brushed ranges as chips that can be taken away, and a switch for each kind of trial. */
export function startFilterBar({ report, state, selection }: Parts): void {
  const input = byId('filter');
  if (!(input instanceof HTMLInputElement)) throw new Error('#filter is no input');
  const change = (filter: Partial<Filter>) => state.set({ filter: { ...state.get().filter, ...filter } });
  let waiting = 0;
  input.addEventListener('input', () => {
    // Plots of thousands of trials follow the typing, not every key.
    clearTimeout(waiting);
    waiting = window.setTimeout(() => change({ text: input.value }), report.data.trials.length > 2000 ? 120 : 0);
  });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') change({ text: '' });
  });
  byId('clear').addEventListener('click', () => {
    state.set({ filter: noFilter });
    input.focus();
  });
  const present = new Set(report.data.trials.map((trial) => report.kindOf(trial, state.get())));
  const switches = kindTitles.flatMap(([kind, title]) => {
    if (!present.has(kind)) return [];
    const toggle = () => {
      const hidden = new Set(state.get().filter.hidden);
      if (!hidden.delete(kind)) hidden.add(kind);
      change({ hidden });
    };
    const button = h('button', { type: 'button', 'data-kind': kind, click: toggle }, mark(kind), title);
    return [{ kind, button }];
  });
  const studySwitches = report.several
    ? report.data.studies.map(({ index, name }) => {
        const toggle = () => {
          const hiddenStudies = new Set(state.get().filter.hiddenStudies);
          if (!hiddenStudies.delete(index)) hiddenStudies.add(index);
          change({ hiddenStudies });
        };
        const button = h('button', { type: 'button', 'data-study': index, click: toggle }, studyMark(index), name);
        return { index, button };
      })
    : [];
  byId('chips').replaceChildren(...studySwitches.map(({ button }) => button), ...switches.map(({ button }) => button));

  const draw = (view: View) => {
    const { error, count, all } = selection(view);
    // Not under the hands of whoever types: the view follows a moment later.
    if (document.activeElement !== input || view.filter.text === '') input.value = view.filter.text;
    input.setAttribute('aria-invalid', String(error !== null));
    const total = report.data.trials.length;
    byId('filter-count').textContent = all ? `${total} trials` : `${count} of ${total} trials`;
    byId('filter-error').textContent =
      error === null ? '' : `${error.message} (at character ${error.at + 1}). Nothing is filtered by it.`;
    byId('clear').hidden = view.filter === noFilter || (all && view.filter.text === '');
    for (const { kind, button } of switches) button.setAttribute('aria-pressed', String(!view.filter.hidden.has(kind)));
    for (const { index, button } of studySwitches)
      button.setAttribute('aria-pressed', String(!view.filter.hiddenStudies.has(index)));
    byId('brushes').replaceChildren(
      ...[...view.filter.brushes].map(([over, query]) =>
        h(
          'button',
          {
            type: 'button',
            class: 'brushed',
            'aria-label': `Remove ${query}`,
            click: () => state.brush({ [over]: null }),
          },
          query,
          h('span', { 'aria-hidden': 'true' }, '×'),
        ),
      ),
    );
  };
  draw(state.get());
  state.listen(['filter', 'x', 'y'], draw);
}
