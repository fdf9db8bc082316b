import { formatDuration } from '../../core/units.js';
import { byId, h } from '../../reports/client/dom.js';
import { formatCost, formatPercent } from '../../reports/client/format.js';
import type { LiveStatus } from '../LiveStatus.js';

const states = { running: 'running', done: 'finished', stopped: 'stopped', died: 'its process ended' } as const;

/** How several studies are, a column each. Everything is text, whatever a study is called. */
export function drawSeveral(studies: readonly LiveStatus[]): void {
  const running = studies.filter(({ state }) => state === 'running').length;
  byId('live-title').textContent = `${studies.length} studies, ${running === 0 ? 'none' : running} running`;
  byId('live').dataset.state = running > 0 ? 'running' : 'done';
  const active = document.activeElement?.getAttribute('href');
  byId('live-studies').replaceChildren(...studies.map(column));
  // The links were made anew; who had tabbed to one is still there.
  const links = [...byId('live-studies').querySelectorAll('a')];
  if (active) links.find((link) => link.getAttribute('href') === active)?.focus();
}

function column(status: LiveStatus): HTMLElement {
  const { study, planned, done, counts, cost, best, perHour, etaMs, elapsedMs, workers } = status;
  const busy = workers.filter(({ trial }) => trial !== null).length;
  const progress = h('progress', {
    class: 'live-bar',
    max: 1,
    value: planned === null ? 0 : Math.min(1, done / planned),
    'aria-label': `Trials done of ${study}`,
  });
  const lines: (readonly [name: string, text: string])[] = [
    ['trials', planned === null ? String(done) : `${done} of ${planned}`],
    ['state', `${states[status.state]}${workers.length === 0 ? '' : `, ${busy} of ${workers.length} workers busy`}`],
    [
      'time',
      [formatDuration(elapsedMs), ...(etaMs === null ? [] : [`about ${formatDuration(etaMs)} left`])].join(', '),
    ],
    ['pace', perHour === null ? '–' : `${perHour < 10 ? perHour.toFixed(1) : Math.round(perHour)} trials an hour`],
    [
      'best',
      best === null
        ? 'none yet'
        : `${formatPercent(best.accuracy)}, trial ${best.trial}, ${formatCost(cost, best.cost)}`,
    ],
    ...(counts.FAILED === 0 ? [] : [['failed', String(counts.FAILED)] as const]),
  ];
  return h(
    'div',
    {},
    h('h3', {}, h('a', { href: `/studies/${encodeURIComponent(study)}` }, study)),
    progress,
    h('ul', {}, ...lines.map(([name, text]) => h('li', {}, h('b', {}, name), ' ', h('span', {}, text)))),
  );
}
