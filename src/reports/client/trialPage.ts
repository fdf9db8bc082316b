import { architecture } from './architecture.js';
import { answersOf, samplesText } from './answers.js';
import { byId, h } from './dom.js';
import { copied } from './command.js';
import { formatPercent } from './format.js';
import { historyView } from './historyView.js';
import { mark } from './legend.js';
import { mistakes } from './mistakes.js';
import { sparkline } from './sparkline.js';
import { costTable, kindNames, outcome, pairsOf, section } from './trialParts.js';
import { architectureYaml, commandsOf, recipeYaml } from './trialTexts.js';
import type { PageTrial } from './PageData.js';
import type { Parts } from './Parts.js';
import type { Report } from './Report.js';
import type { View } from './state.js';

/** Everything of one trial on a page of its own, over the report: a dialog, so that Escape and the keyboard are its. */
export function startTrialPage({ report, state }: Parts): void {
  const dialog = byId('trial-page');
  if (!(dialog instanceof HTMLDialogElement)) throw new Error('#trial-page is no dialog');
  let asked: number | null = null;
  const draw = (view: View) => {
    const trial = view.page && view.selected !== null ? report.trial(view.selected) : undefined;
    if (trial === undefined) {
      if (dialog.open) dialog.close();
      return;
    }
    byId('trial-page-body').replaceChildren(...contents(trial, report, view));
    if (!dialog.open) dialog.showModal();
    if (asked !== trial.key) dialog.scrollTop = 0;
    asked = trial.key;
  };
  dialog.addEventListener('close', () => {
    if (state.get().page) state.set({ page: false });
  });
  byId('trial-page-close').addEventListener('click', () => dialog.close());
  /** The neighbour on the front, or among all trials for one that is not on it. */
  const step = (by: number) => () => {
    const view = state.get();
    const at = report.trial(view.selected ?? -1);
    if (at === undefined) return;
    const front: readonly PageTrial[] = report.front(view, at.study);
    const list = front.some((trial) => trial.key === at.key)
      ? front
      : report.data.trials.filter((trial) => trial.study === at.study);
    const next = list[list.findIndex((trial) => trial.key === at.key) + by];
    if (next !== undefined) state.set({ selected: next.key });
  };
  byId('trial-page-before').addEventListener('click', step(-1));
  byId('trial-page-after').addEventListener('click', step(1));
  draw(state.get());
  state.listen(['page', 'selected'], draw);
}

function contents(trial: PageTrial, report: Report, view: View): HTMLElement[] {
  const study = report.studyOf(trial);
  const kind = report.kindOf(trial, view);
  const more = historyView(trial);
  const blocks = trial.blocks.map((i) => report.data.blocks[i]);
  const answers = answersOf(trial, report);
  const block = (title: string, ...children: (Node | null)[]) =>
    h('section', { 'aria-label': title }, h('h3', {}, title), ...children);
  return [
    h(
      'header',
      {},
      h('p', { class: 'sub' }, study.name),
      h('h2', { id: 'trial-page-title' }, `Trial ${trial.number}`),
      h('span', { class: 'badge' }, mark(kind), kindNames[kind]),
      ...outcome(trial, report),
    ),
    h(
      'div',
      { class: 'trial-columns' },
      block(
        'Architecture',
        h('p', { class: 'shares' }, h('span', {}, 'parameters'), h('span', { class: 'macs' }, 'MACs')),
        architecture(blocks),
      ),
      h(
        'div',
        {},
        block('Costs', costTable(trial, report)),
        trial.curve.length > 1
          ? block('Learning curve', sparkline(trial.curve, study.teacher?.accuracy ?? null))
          : null,
        more === null ? null : block('Losses and other metrics over the epochs', more),
        trial.runs === undefined
          ? null
          : block('Runs', h('p', {}, trial.runs.map((accuracy) => formatPercent(accuracy)).join(' · '))),
        ...pairsOf(trial, report).map(([title, pairs]) => section(title, pairs, true)),
      ),
      h(
        'div',
        {},
        block(
          'Commands',
          ...commandsOf(trial, report).flatMap(({ purpose, command, script }) => [
            h('p', { class: 'sub' }, purpose),
            copied(command, script),
          ]),
        ),
        trial.origin === 'baseline' ? null : block('Its architecture', copied(architectureYaml(trial, report), true)),
        block('How it was trained', copied(recipeYaml(trial, report), true)),
      ),
    ),
    ...(answers === undefined
      ? []
      : [block(`Mistakes on ${samplesText(answers.predictions)}`, ...mistakes(answers.predictions))]),
  ];
}
