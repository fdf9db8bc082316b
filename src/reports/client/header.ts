import { byId, h } from './dom.js';
import { formatDuration } from '../../core/units.js';
import { costTitle, formatCost, formatPercent } from './format.js';
import type { Parts } from './Parts.js';

/** Title, verdict, the tiles of key numbers and the study's settings. */
export function startHeader({ report, state }: Parts): void {
  const { data } = report;
  byId('title').textContent = data.study.name;
  byId('verdict').textContent = data.verdict.headline;
  byId('verdict-details').replaceChildren(...data.verdict.details.map((text) => h('li', {}, text)));
  const best = data.verdict.best === null ? undefined : report.trial(data.verdict.best);
  const tiles: (readonly [label: string, value: string, note: string])[] = [];
  const metric = state.get().metric;
  if (best !== undefined) {
    tiles.push([
      'Best student',
      formatPercent(best.accuracy),
      `trial ${best.number} · ${formatCost(metric, best.costs[metric])}`,
    ]);
  }
  if (data.teacher !== null) {
    tiles.push([
      'Teacher',
      formatPercent(data.teacher.accuracy),
      [
        data.teacher.name,
        ...(data.teacher.costs[metric] > 0 ? [formatCost(metric, data.teacher.costs[metric])] : []),
      ].join(' · '),
    ]);
  }
  for (const budget of data.budgets) {
    const used =
      best === undefined ? '' : `best uses ${((best.costs[budget.metric] / budget.limit) * 100).toFixed(0)} %`;
    tiles.push([`Budget · ${costTitle(budget.metric).toLowerCase()}`, budget.text, used]);
  }
  const { COMPLETE, PRUNED, FAILED, INFEASIBLE, RUNNING, WAITING } = data.counts;
  const counts = [
    [COMPLETE, 'complete'],
    [PRUNED, 'pruned'],
    [FAILED, 'failed'],
    [INFEASIBLE, 'over budget'],
    [RUNNING + WAITING, 'open'],
  ] as const;
  const parts = counts.filter(([count]) => count > 0).map(([count, label]) => `${count} ${label}`);
  tiles.push(['Trials', data.trials.length.toLocaleString('en'), parts.join(' · ')]);
  tiles.push(['Elapsed', formatDuration(data.study.elapsedMs), `started ${dateText(data.study.createdAt)}`]);
  byId('tiles').replaceChildren(
    ...tiles.map(([label, value, note]) =>
      h('div', {}, h('dt', {}, label), h('dd', {}, value), h('dd', { class: 'note', title: note }, note)),
    ),
  );
  const facts = byId('facts');
  facts.hidden = data.facts.length === 0;
  facts
    .querySelector('dl')
    ?.replaceChildren(...data.facts.map(([label, value]) => h('div', {}, h('dt', {}, label), h('dd', {}, value))));
  byId('foot').textContent =
    `Written by nas-distill ${data.version} on ${dateText(data.generatedAt)}. One file, no network.`;
}

function dateText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ') + ' UTC';
}
