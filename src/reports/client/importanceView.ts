import { byId, h, segments } from './dom.js';
import { isLatency, type CostName } from '../../costs/CostModel.js';
import { costTitle } from './format.js';
import type { Importance } from '../ReportData.js';
import type { Parts } from './Parts.js';

const shown = 12;
/** A forest that explains less than this has learnt noise, and its bars would be noise. */
const least = 0.05;

/** Bars: how much each choice of the space matters, for accuracy or for a cost. */
export function startImportance({ report, state }: Parts): void {
  const { importance, choices } = report.data;
  const host = byId('importance');
  if (importance.length === 0) {
    byId('importance-sub').textContent = 'Needs 20 finished students of the search.';
    return;
  }
  const titleOf = (target: Importance['target']) => (target === 'accuracy' ? 'Accuracy' : costTitle(target));
  const draw = (target: Importance['target']) => {
    press(target);
    const found = importance.find((item) => item.target === target) ?? importance[0];
    const bars = found.shares
      .map((share, i) => ({ share, name: choices[i].name }))
      .filter(({ share }) => share > 0)
      .sort((a, b) => b.share - a.share)
      .slice(0, shown);
    const trust = found.explained < 0.3 ? ' – little: read the bars with care' : '';
    byId('importance-sub').textContent =
      `What decides ${titleOf(found.target).toLowerCase()}: permutation importance in a random forest of ${found.trials} trials, which explains ${Math.round(Math.max(0, found.explained) * 100)} % of the variance${trust}`;
    if (found.explained < least) {
      host.replaceChildren(
        h(
          'p',
          { class: 'empty' },
          'Among these trials the choices explain next to nothing of it: bars would show noise.',
        ),
      );
      return;
    }
    host.replaceChildren(
      h(
        'table',
        { class: 'bars' },
        h('caption', { class: 'unseen' }, `Importance of the choices for ${titleOf(found.target).toLowerCase()}`),
        h(
          'tbody',
          {},
          ...bars.map(({ name, share }) =>
            h(
              'tr',
              {},
              h('th', { scope: 'row', title: name }, name),
              h('td', {}, h('progress', { max: bars[0].share, value: share, 'aria-hidden': 'true' })),
              h('td', { class: 'number' }, `${(share * 100).toFixed(1)} %`),
            ),
          ),
        ),
      ),
    );
  };
  const short = { accuracy: 'Accuracy', bytes: 'Size', params: 'Params', macs: 'MACs', memory: 'Memory' } as const;
  const labelOf = (target: 'accuracy' | CostName) =>
    target === 'accuracy' || !isLatency(target) ? short[target] : costTitle(target);
  const press = segments(
    byId('importance-target'),
    importance.map(({ target }) => [target, labelOf(target)] as const),
    draw,
  );
  draw('accuracy');
  state.listen(['metric'], (view) => draw(view.metric));
}
