import { byId, h } from './dom.js';
import { formatDuration } from '../../core/units.js';
import { costTitle, formatCost, formatPercent } from './format.js';
import { mark } from './legend.js';
import type { Parts } from './Parts.js';
import type { CostName } from '../../costs/CostModel.js';
import type { ReportTrial } from '../ReportData.js';

const pageSize = 20;

interface Column {
  readonly id: string;
  readonly title: string;
  readonly value: (trial: ReportTrial) => number | string | null;
  readonly text: (trial: ReportTrial) => string;
  readonly numeric: boolean;
}

/** Sortable, filterable table of all trials, a page at a time; rows are chosen by click, Enter or space, arrows move. */
export function startTable({ report, state, selection }: Parts): void {
  const columns = columnsOf(report.costNames);
  let sort = { id: 'accuracy', down: true };
  let page = 0;
  let rows: ReportTrial[] = [];
  const kind = (trial: ReportTrial) => report.kindOf(trial, state.get().metric);

  const collect = () => {
    const chosen = selection(state.get());
    const column = columns.find((item) => item.id === sort.id) ?? columns[0];
    rows = report.data.trials.filter((trial) => chosen.has(trial));
    rows.sort((a, b) => compare(column.value(a), column.value(b), sort.down) || a.number - b.number);
    page = Math.min(page, Math.max(0, Math.ceil(rows.length / pageSize) - 1));
  };
  const head = h('tr');
  const body = h('tbody', { keydown: (event) => onKey(event) });
  byId('table').replaceChildren(
    h('table', { class: 'trials', 'aria-describedby': 'table-sub' }, h('thead', {}, head), body),
  );

  const draw = () => {
    head.replaceChildren(
      ...columns.map((column) => {
        const direction = column.id !== sort.id ? 'none' : sort.down ? 'descending' : 'ascending';
        const press = () => {
          sort = { id: column.id, down: column.id === sort.id ? !sort.down : column.id === 'accuracy' };
          page = 0;
          refresh();
          byId(`sort-${column.id}`).focus();
        };
        return h(
          'th',
          { scope: 'col', 'aria-sort': direction, class: column.numeric ? 'number' : '' },
          h('button', { type: 'button', id: `sort-${column.id}`, click: press }, column.title),
        );
      }),
    );
    const shown = rows.slice(page * pageSize, (page + 1) * pageSize);
    const focusable = shown.find((trial) => trial.number === state.get().selected) ?? shown[0];
    body.replaceChildren(
      ...shown.map((trial) => {
        const chosen = trial.number === state.get().selected;
        const row = h('tr', {
          'data-trial': trial.number,
          tabindex: trial === focusable ? 0 : -1,
          'aria-selected': String(chosen),
          click: () => state.set({ selected: trial.number }),
        });
        row.append(
          ...columns.map((column) =>
            h(
              'td',
              { class: column.numeric ? 'number' : '', title: column.id === 'reason' ? column.text(trial) : '' },
              column.id === 'state' ? mark(kind(trial)) : null,
              column.text(trial),
            ),
          ),
        );
        return row;
      }),
    );
    const total = report.data.trials.length;
    byId('table-sub').textContent = rows.length === total ? `${total} trials` : `${rows.length} of ${total} trials`;
    const pages = Math.max(1, Math.ceil(rows.length / pageSize));
    const turn = (by: number) => () => {
      page = Math.max(0, Math.min(pages - 1, page + by));
      draw();
    };
    byId('pager').replaceChildren(
      h('button', { type: 'button', class: 'quiet', disabled: page === 0, click: turn(-1) }, 'Previous'),
      h('span', {}, `Page ${page + 1} of ${pages}`),
      h('button', { type: 'button', class: 'quiet', disabled: page >= pages - 1, click: turn(1) }, 'Next'),
    );
  };
  const refresh = () => {
    collect();
    draw();
  };
  const onKey = (event: Event) => {
    if (!(event instanceof KeyboardEvent) || !(event.target instanceof HTMLTableRowElement)) return;
    const number = Number(event.target.dataset.trial);
    if (event.key === 'Enter' || event.key === ' ') {
      state.set({ selected: number });
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const at = rows.findIndex((trial) => trial.number === number) + (event.key === 'ArrowDown' ? 1 : -1);
      if (at < 0 || at >= rows.length) return;
      if (Math.floor(at / pageSize) !== page) {
        page = Math.floor(at / pageSize);
        draw();
      }
      focusRow(rows[at].number);
    } else return;
    event.preventDefault();
  };
  const focusRow = (number: number) => body.querySelector<HTMLElement>(`tr[data-trial="${number}"]`)?.focus();

  refresh();
  state.listen(['filter', 'metric'], () => {
    page = 0;
    refresh();
  });
  state.listen(['selected'], (view) => {
    const inTable = body.contains(document.activeElement);
    const at = rows.findIndex((trial) => trial.number === view.selected);
    if (at >= 0) page = Math.floor(at / pageSize);
    draw();
    if (inTable && view.selected !== null) focusRow(view.selected);
  });
}

function columnsOf(names: readonly CostName[]): readonly Column[] {
  return [
    { id: 'trial', title: 'Trial', numeric: true, value: (t) => t.number, text: (t) => String(t.number) },
    {
      id: 'accuracy',
      title: 'Accuracy',
      numeric: true,
      value: (t) => t.accuracy,
      text: (t) => formatPercent(t.accuracy),
    },
    ...names.map((name) => ({
      id: name,
      title: name === 'bytes' ? 'Size' : costTitle(name),
      numeric: true,
      value: (t: ReportTrial) => t.costs[name],
      text: (t: ReportTrial) => formatCost(name, t.costs[name]),
    })),
    {
      id: 'time',
      title: 'Time',
      numeric: true,
      value: (t) => t.elapsedMs,
      text: (t) => (t.elapsedMs === null ? '–' : formatDuration(t.elapsedMs)),
    },
    {
      id: 'state',
      title: 'State',
      numeric: false,
      value: (t) => t.state,
      text: (t) => (t.origin === 'search' ? t.state.toLowerCase() : `${t.state.toLowerCase()}, ${t.origin}`),
    },
    { id: 'reason', title: 'Reason', numeric: false, value: (t) => t.reason ?? null, text: (t) => t.reason ?? '' },
  ];
}

/** Missing values stay last, whichever way the column is sorted. */
function compare(a: number | string | null, b: number | string | null, down: boolean): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return (a < b ? -1 : 1) * (down ? -1 : 1);
}
