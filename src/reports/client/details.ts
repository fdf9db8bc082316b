import { byId, h } from './dom.js';
import { formatDuration } from '../../core/units.js';
import { architecture } from './architecture.js';
import { costTitle, formatCost, formatNumber, formatPercent } from './format.js';
import { historyView } from './historyView.js';
import { mark } from './legend.js';
import { valueOf } from './quantities.js';
import type { Parts } from './Parts.js';
import { sparkline } from './sparkline.js';
import type { Kind, Report } from './Report.js';
import type { PageTrial } from './PageData.js';
import type { State, View } from './state.js';

const kindNames: Readonly<Record<Kind, string>> = {
  front: 'on the Pareto front',
  student: 'dominated',
  pruned: 'pruned',
  baseline: 'uniformly scaled baseline',
  over: 'over the budget',
  infeasible: 'over the budget, not trained',
  failed: 'failed',
  open: 'not finished',
};

/** The panel of the selected trial. */
export function startDetails({ report, state }: Parts): void {
  const panel = byId('details');
  const draw = (view: View) => {
    const trial = view.selected === null ? undefined : report.trial(view.selected);
    panel.replaceChildren(...(trial === undefined ? placeholder() : contents(trial, report, view, state)));
    panel.scrollTop = 0;
  };
  draw(state.get());
  state.listen(['selected', 'x', 'y'], draw);
  state.listen(['compared'], (view) => {
    const button = panel.querySelector('.compare');
    if (button !== null && view.selected !== null) showCompared(button, view.compared.includes(view.selected));
  });
}

function placeholder(): Node[] {
  return [h('p', { class: 'empty' }, 'Choose a point, a curve or a row to see its architecture.')];
}

function contents(trial: PageTrial, report: Report, view: View, state: State): Node[] {
  const { data } = report;
  const kind = report.kindOf(trial, view);
  const title =
    trial.origin === 'baseline'
      ? `${report.nameOf(trial)} · width ×${formatNumber(trial.width ?? 1)}`
      : report.nameOf(trial);
  const nodes: Node[] = [
    h(
      'div',
      { class: 'head' },
      h('h2', { id: 'details-title', tabindex: -1 }, title),
      h('span', { class: 'badge' }, mark(kind), kindNames[kind]),
    ),
    h('p', { class: 'big' }, formatPercent(trial.accuracy), h('small', {}, keptText(trial, report))),
  ];
  if (trial.reason !== undefined) nodes.push(h('p', { class: 'reason' }, trial.reason));
  const promotion = report.promotionOf(trial);
  if (promotion !== undefined) {
    const parts = Object.entries(promotion.accuracy).map(([name, value]) => `${name} ${formatPercent(value)}`);
    nodes.push(h('p', { class: 'promoted-line' }, mark('promoted'), `Promoted; on test: ${parts.join(' · ')}`));
  }
  nodes.push(costTable(trial, report), compareButton(trial, view, state));
  if (trial.origin !== 'baseline' && trial.state !== 'FAILED')
    nodes.push(command(`nas-distill promote ${shellWord(report.studyOf(trial).name)} --trial ${trial.number}`));
  if (trial.curve.length > 1)
    nodes.push(h('h3', {}, 'Learning curve'), sparkline(trial.curve, report.studyOf(trial).teacher?.accuracy ?? null));
  const more = historyView(trial);
  if (more !== null) nodes.push(h('h3', {}, 'Losses and other metrics over the epochs'), more);
  nodes.push(
    h('h3', {}, 'Architecture'),
    h('p', { class: 'shares' }, h('span', {}, 'parameters'), h('span', { class: 'macs' }, 'MACs')),
    architecture(trial.blocks.map((i) => data.blocks[i])),
  );
  const choices = data.choices.flatMap((choice, i) =>
    trial.choices[i] < 0 ? [] : [[choice.name, choice.values[trial.choices[i]]] as const],
  );
  if (choices.length > 0) nodes.push(section('Choices', choices));
  const metrics = Object.entries(trial.metrics).map(([name, value]) => [name, formatNumber(value)] as const);
  if (trial.elapsedMs !== null) metrics.push(['training time', formatDuration(trial.elapsedMs)]);
  if (metrics.length > 0) nodes.push(section('Metrics', metrics));
  return nodes;
}

function compareButton(trial: PageTrial, view: View, state: State): HTMLElement {
  const button = h('button', { type: 'button', class: 'quiet compare', click: () => state.compare(trial.key) });
  showCompared(button, view.compared.includes(trial.key));
  return button;
}

function showCompared(button: Element, compared: boolean): void {
  button.textContent = compared ? 'Take out of the comparison' : 'Add to the comparison';
  button.setAttribute('aria-pressed', String(compared));
}

function keptText(trial: PageTrial, report: Report): string {
  const { teacher } = report.studyOf(trial);
  if (teacher === null || trial.accuracy === null)
    return trial.accuracy === null ? 'no accuracy was measured' : 'validation accuracy';
  return `${((trial.accuracy / teacher.accuracy) * 100).toFixed(1)} % of the teacher’s`;
}

/** Every cost with its share of the budget or, without one, of the teacher. */
function costTable(trial: PageTrial, report: Report): HTMLElement {
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
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, costTitle(name)),
      h('td', {}, formatCost(name, value)),
      h('td', { class: 'share' }, share === null ? null : bar, label),
    );
  });
  return h('table', { class: 'costs' }, h('tbody', {}, ...rows));
}

function section(title: string, pairs: readonly (readonly [string, string])[]): HTMLElement {
  return h(
    'details',
    { class: 'pairs', open: title === 'Choices' },
    h('summary', {}, `${title} (${pairs.length})`),
    h('dl', {}, ...pairs.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value)))),
  );
}

/** A command line with a button that copies it. */
function command(text: string): HTMLElement {
  const code = h('code', { tabindex: 0 }, text);
  const button = h('button', { type: 'button', class: 'quiet', click: () => void copy(text, code, button) }, 'Copy');
  return h('div', { class: 'command' }, code, button);
}

/** Through the clipboard where the page may; else the text is selected, so that the reader's own copy key works. */
async function copy(text: string, code: HTMLElement, button: HTMLButtonElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
  } catch {
    getSelection()?.selectAllChildren(code);
    button.textContent = document.execCommand('copy') ? 'Copied' : 'Selected';
  }
  setTimeout(() => (button.textContent = 'Copy'), 1600);
}

/** A word as a POSIX shell reads it back. */
export function shellWord(text: string): string {
  return /^[\w./:@+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
