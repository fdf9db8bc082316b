import { h } from './dom.js';
import { formatDuration } from '../../core/units.js';
import { costTitle, formatNumber, formatPercent } from './format.js';
import { mark } from './legend.js';
import { formatQuantity, valueOf } from './quantities.js';
import { spreadOf } from './spread.js';
import type { PageTrial } from './PageData.js';
import type { Kind, Report } from './Report.js';

export const kindNames: Readonly<Record<Kind, string>> = {
  front: 'on the Pareto front',
  student: 'dominated',
  pruned: 'pruned',
  baseline: 'uniformly scaled baseline',
  over: 'over the budget',
  infeasible: 'over the budget, not trained',
  failed: 'failed',
  open: 'not finished',
};

type Pair = readonly [name: string, value: string];

/** Accuracy, why it ended, what its promotion gave. */
export function outcome(trial: PageTrial, report: Report): HTMLElement[] {
  const nodes = [h('p', { class: 'big' }, formatPercent(trial.accuracy), h('small', {}, keptText(trial, report)))];
  const spread = spreadOf(trial);
  if (spread !== null) {
    const text = `Mean of ${trial.runs?.length} runs, ± ${formatPercent(spread)} (one standard deviation)`;
    nodes.push(h('p', { class: 'sub' }, text));
  }
  if (trial.reason !== undefined) nodes.push(h('p', { class: 'reason' }, trial.reason));
  const promotion = report.promotionOf(trial);
  if (promotion !== undefined) {
    const parts = Object.entries(promotion.accuracy).map(([name, value]) =>
      `${name} ${formatPercent(value)}`.replaceAll(' ', '\u00a0'),
    );
    nodes.push(h('p', { class: 'promoted-line' }, mark('promoted'), `Promoted; on test: ${parts.join(' · ')}`));
  }
  return nodes;
}

function keptText(trial: PageTrial, report: Report): string {
  const { teacher } = report.studyOf(trial);
  if (teacher === null || trial.accuracy === null)
    return trial.accuracy === null ? 'no accuracy was measured' : 'validation accuracy';
  return `${((trial.accuracy / teacher.accuracy) * 100).toFixed(1)} % of the teacher’s`;
}

/** Every cost with its share of the budget or, without one, of the teacher. */
export function costTable(trial: PageTrial, report: Report): HTMLElement {
  const { budgets, teacher } = report.studyOf(trial);
  const rows = report.costNames.flatMap((name) => {
    const value = valueOf(trial, name);
    if (value === null) return [];
    const budget = budgets.find((item) => item.metric === name)?.limit;
    const against = budget ?? teacher?.costs[name];
    const share = against === undefined || against <= 0 ? null : value / against;
    const label =
      share === null
        ? ''
        : `${share >= 0.1 ? (share * 100).toFixed(0) : (share * 100).toFixed(1)} % of ${budget === undefined ? 'teacher' : 'budget'}`;
    const bar = h('progress', {
      max: 1,
      value: Math.min(1, share ?? 0),
      'aria-hidden': 'true',
      class: share !== null && share > 1 && budget !== undefined ? 'over' : '',
    });
    const measured = trial.measured?.[name];
    return [
      h(
        'tr',
        {},
        h('th', { scope: 'row' }, costTitle(name)),
        h('td', {}, formatQuantity(name, value)),
        h('td', { class: 'share' }, share === null ? null : bar, label),
      ),
      ...(measured === undefined
        ? []
        : [
            h(
              'tr',
              {},
              h('th', { scope: 'row' }, `${costTitle(name)}, measured`),
              h('td', {}, formatQuantity(name, measured)),
              h('td', { class: 'share' }, `${((measured / value) * 100).toFixed(0)} % of predicted`),
            ),
          ]),
    ];
  });
  return h('table', { class: 'costs' }, h('tbody', {}, ...rows));
}

/** The lists of a trial: its choices, its metrics. */
export function pairsOf(trial: PageTrial, report: Report): (readonly [title: string, pairs: readonly Pair[]])[] {
  const choices = report.data.choices.flatMap(({ name, values }, i): Pair[] =>
    trial.choices[i] < 0 ? [] : [[name, values[trial.choices[i]]]],
  );
  const metrics = Object.entries(trial.metrics).map(([name, value]): Pair => [name, formatNumber(value)]);
  if (trial.elapsedMs !== null) metrics.push(['training time', formatDuration(trial.elapsedMs)]);
  return [['Choices', choices] as const, ['Metrics', metrics] as const].filter(([, pairs]) => pairs.length > 0);
}

export function section(title: string, pairs: readonly Pair[], open: boolean): HTMLElement {
  return h(
    'details',
    { class: 'pairs', open },
    h('summary', {}, `${title} (${pairs.length})`),
    h('dl', {}, ...pairs.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value)))),
  );
}
