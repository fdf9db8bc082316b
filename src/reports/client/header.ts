import { byId, h } from './dom.js';
import { formatDuration } from '../../core/units.js';
import { costTitle, formatCost, formatPercent } from './format.js';
import type { CostName, Costs } from '../../costs/CostModel.js';
import { costIn } from './quantities.js';
import { joinedVerdict, studiesTable } from './studiesTable.js';
import type { Parts } from './Parts.js';
import type { PageStudy } from './PageData.js';
import type { Report } from './Report.js';

type Tile = readonly [label: string, value: string, note: string];

/** Title, verdict, the tiles of key numbers (of several studies: a table of them) and the studies' settings. */
export function startHeader({ report, state }: Parts): void {
  const { studies } = report.data;
  byId('title').textContent = studies.map(({ name }) => name).join(' · ');
  const facts = byId('facts');
  facts.hidden = studies.every((study) => study.facts.length === 0);
  facts
    .querySelector('dl')
    ?.replaceChildren(
      ...studies.flatMap((study) =>
        study.facts.map(([label, value]) =>
          h('div', {}, h('dt', {}, report.several ? `${label} of ${study.name}` : label), h('dd', {}, value)),
        ),
      ),
    );
  byId('foot').textContent =
    `Written by nas-distill ${studies[0].version} on ${dateText(studies[0].generatedAt)}. One file, no network.`;
  const draw = () => {
    const view = state.get();
    const verdict = report.several ? joinedVerdict(report, view) : studies[0].verdict;
    byId('verdict').textContent = verdict.headline;
    byId('verdict-details').replaceChildren(...verdict.details.map((text) => h('li', {}, text)));
    const standings = byId('standings');
    standings.hidden = !report.several;
    byId('tiles').hidden = report.several;
    if (report.several) standings.replaceChildren(studiesTable(report, view, state));
    else {
      byId('tiles').replaceChildren(
        ...tilesOf(report, studies[0], costIn(view)).map(([label, value, note]) =>
          h('div', {}, h('dt', {}, label), h('dd', {}, value), h('dd', { class: 'note', title: note }, note)),
        ),
      );
    }
  };
  draw();
  state.listen(['x', 'y'], draw);
}

function tilesOf(report: Report, data: PageStudy, metric: CostName): Tile[] {
  const best = data.verdict.best === null ? undefined : report.trial(data.verdict.best);
  const tiles: Tile[] = [];
  const costText = (costs: Costs) => (costs[metric] > 0 ? [formatCost(metric, costs[metric])] : []);
  if (best !== undefined) {
    tiles.push([
      'Best student',
      formatPercent(best.accuracy),
      [`trial ${best.number}`, ...costText(best.costs)].join(' · '),
    ]);
  }
  if (data.teacher !== null) {
    tiles.push([
      'Teacher',
      formatPercent(data.teacher.accuracy),
      [data.teacher.name, ...costText(data.teacher.costs)].join(' · '),
    ]);
  }
  for (const budget of data.budgets) {
    const used =
      best === undefined ? '' : `best uses ${((best.costs[budget.metric] / budget.limit) * 100).toFixed(0)} %`;
    const title = costTitle(budget.metric);
    // Not the first letter of an abbreviation.
    const name = /^[A-Z]{2}/.test(title) ? title : title.charAt(0).toLowerCase() + title.slice(1);
    tiles.push([`Budget · ${name}`, budget.text, used]);
  }
  const { COMPLETE, PRUNED, FAILED, INFEASIBLE, RUNNING, WAITING, PAUSED } = data.counts;
  const counts = [
    [COMPLETE, 'complete'],
    [PRUNED, 'pruned'],
    [FAILED, 'failed'],
    [INFEASIBLE, 'over budget'],
    [PAUSED, 'paused'],
    [RUNNING + WAITING, 'open'],
  ] as const;
  const parts = counts.filter(([count]) => count > 0).map(([count, label]) => `${count} ${label}`);
  tiles.push(['Trials', report.data.trials.length.toLocaleString('en'), parts.join(' · ')]);
  tiles.push(['Elapsed', formatDuration(data.study.elapsedMs), `started ${dateText(data.study.createdAt)}`]);
  return tiles;
}

function dateText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ') + ' UTC';
}
