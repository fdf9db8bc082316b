import { formatDuration } from '../../core/units.js';
import { byId, h } from '../../reports/client/dom.js';
import { formatPercent } from '../../reports/client/format.js';
import { inflate } from '../../reports/client/inflate.js';
import type { ListedStudy } from '../listStudies.js';

/** As many as one report tells apart (reports/writeReport.ts). */
const most = 6;
const chosen = new Set<string>();
const columns = ['', 'Study', 'Started', 'State', 'Budget', 'Trials', 'Complete', 'Failed', 'Best accuracy'];
const numeric = columns.indexOf('Trials');

function draw(studies: readonly ListedStudy[]): void {
  const running = studies.filter((study) => study.running).length;
  byId('verdict').textContent =
    studies.length === 0
      ? 'No study yet. Start one with: nas-distill search --budget 8MB'
      : `${studies.length} ${studies.length === 1 ? 'study' : 'studies'}, ${running === 0 ? 'none' : running} running`;
  const rows = studies.map((study) => {
    const state = study.running
      ? `running${study.etaMs === null ? '' : `, ${formatDuration(study.etaMs)} left`}`
      : 'stopped';
    const box = h('input', {
      type: 'checkbox',
      'data-study': study.name,
      'aria-label': `Compare ${study.name}`,
      checked: chosen.has(study.name),
      change: () => choose(study.name),
    });
    const cells: (string | Node)[] = [
      box,
      h('a', { href: `/studies/${encodeURIComponent(study.name)}` }, study.name),
      new Date(study.createdAt).toISOString().slice(0, 16).replace('T', ' '),
      state,
      study.budgets.join(', '),
      String(study.trials),
      String(study.complete),
      String(study.failed),
      study.bestAccuracy === null ? '–' : formatPercent(study.bestAccuracy),
    ];
    return h('tr', {}, ...cells.map((cell, i) => h('td', { class: i < numeric ? '' : 'number' }, cell)));
  });
  const head = columns.map((title, i) =>
    title === '' ? h('td', {}) : h('th', { scope: 'col', class: i < numeric ? '' : 'number' }, title),
  );
  for (const name of chosen) if (!studies.some((study) => study.name === name)) chosen.delete(name);
  const active = document.activeElement;
  const focused = active?.getAttribute('href');
  const ticked = active?.getAttribute('data-study');
  byId('studies').replaceChildren(
    h('table', { class: 'studies' }, h('thead', {}, h('tr', {}, ...head)), h('tbody', {}, ...rows)),
  );
  // Every row was made anew; who had tabbed to a study is still there.
  if (focused) [...document.querySelectorAll('a')].find((link) => link.getAttribute('href') === focused)?.focus();
  const boxes = [...document.querySelectorAll<HTMLElement>('input[data-study]')];
  if (ticked) boxes.find((item) => item.dataset.study === ticked)?.focus();
  showChosen();
}

function choose(name: string): void {
  if (!chosen.delete(name)) chosen.add(name);
  showChosen();
}

/** The link that leads to the chosen studies beside each other. */
function showChosen(): void {
  const link = byId('compare-studies');
  const fits = chosen.size >= 2 && chosen.size <= most;
  link.hidden = !fits;
  if (fits)
    link.setAttribute('href', `/compare?${new URLSearchParams([...chosen].map((name) => ['study', name])).toString()}`);
  byId('compare-hint').textContent =
    chosen.size > most
      ? `${most} at most can be compared`
      : chosen.size === 1
        ? 'Choose one more to compare'
        : fits
          ? `${chosen.size} chosen`
          : '';
}

async function start(): Promise<void> {
  // Written by indexPage in this shape.
  draw(JSON.parse(await inflate('studies-data')) as ListedStudy[]);
  const events = new EventSource('/events');
  events.addEventListener('studies', (event) => {
    byId('live-fault').textContent = '';
    draw(JSON.parse(String(event.data)) as ListedStudy[]);
  });
  events.addEventListener('fault', (event) => {
    if (event instanceof MessageEvent) byId('live-fault').textContent = String(JSON.parse(String(event.data)));
  });
  events.addEventListener('error', () => {
    byId('live-fault').textContent = 'The connection to nas-distill serve is lost; trying again.';
  });
  document.documentElement.dataset.ready = 'true';
}

void start();
