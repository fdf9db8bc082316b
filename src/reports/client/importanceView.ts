import { byId, h, segments } from './dom.js';
import { costIn, shortTitle, titleOf, type Quantity } from './quantities.js';
import type { Parts } from './Parts.js';

const shown = 12;
/** A forest that explains less than this has learnt noise, and its bars would be noise. */
const least = 0.05;

/** Bars: how much each choice of the space matters, for accuracy or for a cost; of one study at a time. */
export function startImportance({ report, state }: Parts): void {
  const host = byId('importance');
  const { studies } = report.data;
  const controls = byId('importance-target');
  const picker = h('select', { 'aria-label': 'Study whose choices are looked at' });
  picker.replaceChildren(...studies.map(({ index, name }) => h('option', { value: index }, name)));
  if (report.several) controls.before(picker);
  let study = studies.find(({ importance }) => importance.length > 0) ?? studies[0];
  let target: Quantity = 'accuracy';
  const draw = () => {
    picker.value = String(study.index);
    const { importance, choiceNames } = study;
    const press = segments(
      controls,
      importance.map((item) => [item.target, shortTitle(item.target)] as const),
      (chosen) => {
        target = chosen;
        draw();
        controls.querySelector<HTMLElement>(`[data-value="${chosen}"]`)?.focus();
      },
    );
    const found = importance.find((item) => item.target === target) ?? importance[0];
    if (found === undefined) {
      byId('importance-sub').textContent = 'Needs 20 finished students of the search.';
      host.replaceChildren();
      return;
    }
    press(found.target);
    const title = titleOf(found.target).toLowerCase();
    const bars = found.shares
      .map((share, i) => ({ share, name: choiceNames[i] }))
      .filter(({ share }) => share > 0)
      .sort((a, b) => b.share - a.share)
      .slice(0, shown);
    const trust = found.explained < 0.3 ? ' – little: read the bars with care' : '';
    byId('importance-sub').textContent =
      `What decides ${title}: permutation importance in a random forest of ${found.trials} trials, which explains ${Math.round(Math.max(0, found.explained) * 100)} % of the variance${trust}`;
    if (found.explained < least) {
      const text = 'Among these trials the choices explain next to nothing of it: bars would show noise.';
      host.replaceChildren(h('p', { class: 'empty' }, text));
      return;
    }
    const row = ({ name, share }: { name: string; share: number }) =>
      h(
        'tr',
        {},
        h('th', { scope: 'row', title: name }, name),
        h('td', {}, h('progress', { max: bars[0].share, value: share, 'aria-hidden': 'true' })),
        h('td', { class: 'number' }, `${(share * 100).toFixed(1)} %`),
      );
    host.replaceChildren(
      h(
        'table',
        { class: 'bars' },
        h('caption', { class: 'unseen' }, `Importance of the choices for ${title}`),
        h('tbody', {}, ...bars.map(row)),
      ),
    );
  };
  picker.addEventListener('change', () => {
    study = studies[Number(picker.value)] ?? study;
    draw();
  });
  draw();
  state.listen(['x', 'y'], (view) => {
    target = costIn(view);
    draw();
  });
}
