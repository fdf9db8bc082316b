import { byId, h } from './dom.js';
import { formatDuration } from '../../core/units.js';
import { costTitle, formatPercent } from './format.js';
import { mark } from './legend.js';
import { studyMark } from './studyMarks.js';
import type { Parts } from './Parts.js';
import { formatQuantity, valueOf } from './quantities.js';
import type { Report } from './Report.js';
import type { PageTrial } from './PageData.js';

const pageSize = 20;

interface Column {
  readonly id: string;
  readonly title: string;
  readonly value: (trial: PageTrial) => number | string | null;
  readonly text: (trial: PageTrial) => string;
  readonly numeric: boolean;
}

/** Sortable, filterable table of all trials, a page at a time; rows are chosen by click, Enter or space, arrows move. */
export function startTable({ report, state, selection }: Parts): void {
  const columns = columnsOf(report);
  let sort = { id: 'accuracy', down: true };
  let page = 0;
  let rows: PageTrial[] = [];
  const kind = (trial: PageTrial) => report.kindOf(trial, state.get());

  const collect = () => {
    const chosen = selection(state.get());
    const column = columns.find((item) => item.id === sort.id) ?? columns[0];
    rows = report.data.trials.filter((trial) => chosen.has(trial));
    rows.sort((a, b) => compare(column.value(a), column.value(b), sort.down) || a.key - b.key);
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
    const focusable = shown.find((trial) => trial.key === state.get().selected) ?? shown[0];
    body.replaceChildren(
      ...shown.map((trial) => {
        const chosen = trial.key === state.get().selected;
        const row = h('tr', {
          'data-trial': trial.key,
          tabindex: trial === focusable ? 0 : -1,
          'aria-selected': String(chosen),
          click: () => state.set({ selected: trial.key }),
        });
        row.append(
          ...columns.map((column) =>
            h(
              'td',
              { class: column.numeric ? 'number' : '', title: column.id === 'reason' ? column.text(trial) : '' },
              column.id === 'state' ? mark(kind(trial)) : column.id === 'study' ? studyMark(trial.study) : null,
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
    const key = Number(event.target.dataset.trial);
    if (event.key === 'Enter' || event.key === ' ') {
      state.set({ selected: key });
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const at = rows.findIndex((trial) => trial.key === key) + (event.key === 'ArrowDown' ? 1 : -1);
      if (at < 0 || at >= rows.length) return;
      if (Math.floor(at / pageSize) !== page) {
        page = Math.floor(at / pageSize);
        draw();
      }
      focusRow(rows[at].key);
    } else return;
    event.preventDefault();
  };
  const focusRow = (key: number) => body.querySelector<HTMLElement>(`tr[data-trial="${key}"]`)?.focus();

  refresh();
  state.listen(['filter', 'x', 'y'], () => {
    page = 0;
    refresh();
  });
  state.listen(['selected'], (view) => {
    const inTable = body.contains(document.activeElement);
    const at = rows.findIndex((trial) => trial.key === view.selected);
    if (at >= 0) page = Math.floor(at / pageSize);
    draw();
    if (inTable && view.selected !== null) focusRow(view.selected);
  });
}

function columnsOf(report: Report): readonly Column[] {
  const study = (t: PageTrial) => report.studyOf(t).name;
  return [
    ...(report.several ? [{ id: 'study', title: 'Study', numeric: false, value: study, text: study }] : []),
    { id: 'trial', title: 'Trial', numeric: true, value: (t) => t.number, text: (t) => String(t.number) },
    {
      id: 'accuracy',
      title: 'Accuracy',
      numeric: true,
      value: (t) => t.accuracy,
      text: (t) => formatPercent(t.accuracy) + (t.runs === undefined ? '' : ` (${t.runs.length} runs)`),
    },
    ...report.costNames.map((name) => ({
      id: name,
      title: name === 'bytes' ? 'Size' : costTitle(name),
      numeric: true,
      value: (t: PageTrial) => valueOf(t, name),
      text: (t: PageTrial) => formatQuantity(name, valueOf(t, name)),
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
