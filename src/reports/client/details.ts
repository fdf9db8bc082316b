import { byId, h } from './dom.js';
import { architecture } from './architecture.js';
import { copied } from './command.js';
import { formatNumber } from './format.js';
import { historyView } from './historyView.js';
import { mark } from './legend.js';
import type { Parts } from './Parts.js';
import { sparkline } from './sparkline.js';
import { costTable, kindNames, outcome, pairsOf, section } from './trialParts.js';
import { promoteCommand } from './trialTexts.js';
import type { PageTrial } from './PageData.js';
import type { Report } from './Report.js';
import type { State, View } from './state.js';

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
  const kind = report.kindOf(trial, view);
  const title =
    trial.origin === 'baseline'
      ? `${report.nameOf(trial)} · width ×${formatNumber(trial.width ?? 1)}`
      : report.nameOf(trial);
  const open = h(
    'button',
    { type: 'button', class: 'quiet', id: 'open-page', click: () => state.set({ page: true }) },
    'Open its page',
  );
  const nodes: Node[] = [
    h(
      'div',
      { class: 'head' },
      h('h2', { id: 'details-title', tabindex: -1 }, title),
      h('span', { class: 'badge' }, mark(kind), kindNames[kind]),
    ),
    ...outcome(trial, report),
    costTable(trial, report),
    h('div', { class: 'controls' }, open, compareButton(trial, view, state)),
  ];
  if (trial.origin !== 'baseline' && trial.state !== 'FAILED') nodes.push(copied(promoteCommand(trial, report)));
  if (trial.curve.length > 1)
    nodes.push(h('h3', {}, 'Learning curve'), sparkline(trial.curve, report.studyOf(trial).teacher?.accuracy ?? null));
  const more = historyView(trial);
  if (more !== null) nodes.push(h('h3', {}, 'Losses and other metrics over the epochs'), more);
  nodes.push(
    h('h3', {}, 'Architecture'),
    h('p', { class: 'shares' }, h('span', {}, 'parameters'), h('span', { class: 'macs' }, 'MACs')),
    architecture(trial.blocks.map((i) => report.data.blocks[i])),
    ...pairsOf(trial, report).map(([name, pairs]) => section(name, pairs, name === 'Choices')),
  );
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
