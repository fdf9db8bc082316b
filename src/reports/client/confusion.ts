import { h } from './dom.js';
import { formatPercent } from './format.js';
import type { Predictions } from '../../store/Predictions.js';

/** A matrix of more classes has cells too small for a number: its most frequent confusions are listed instead. */
const mostCells = 16;
const listed = 10;

type Summary = Predictions['models']['teacher'];

/** One model's confusion matrix: rows are the true classes, columns what they were taken for. */
export function confusion(title: string, { accuracy, confusion: cells }: Summary, classes: readonly string[]) {
  const head = h('h3', {}, `${title} · ${formatPercent(accuracy)}`);
  return h(
    'div',
    { class: 'confusion' },
    head,
    classes.length <= mostCells ? matrix(title, cells, classes) : list(title, cells, classes),
  );
}

function matrix(title: string, cells: Summary['confusion'], classes: readonly string[]): HTMLElement {
  const counts = classes.map(() => classes.map(() => 0));
  for (const [label, predicted, images] of cells) if (counts[label] !== undefined) counts[label][predicted] = images;
  const row = (name: string, label: number) => {
    const total = counts[label].reduce((a, b) => a + b, 0);
    return h(
      'tr',
      {},
      h('th', { scope: 'row', title: name }, name),
      ...counts[label].map((images, predicted) => {
        const cell = h('td', { class: label === predicted ? 'right' : 'wrong' }, images === 0 ? '' : String(images));
        // Mistakes are few beside what is right: their shades are spread.
        const share = total === 0 ? 0 : images / total;
        cell.style.setProperty('--share', (label === predicted ? share : Math.min(1, 2.5 * share)).toFixed(3));
        cell.title = `${name} taken for ${classes[predicted]}: ${images} of ${total}`;
        return cell;
      }),
    );
  };
  return h(
    'div',
    { class: 'scrolled', tabindex: 0, role: 'region', 'aria-label': `Confusion matrix: ${title}` },
    h(
      'table',
      { class: 'matrix' },
      h('caption', { class: 'unseen' }, `${title}: rows are true classes, columns what they were taken for`),
      h(
        'thead',
        {},
        h('tr', {}, h('td', {}), ...classes.map((name) => h('th', { scope: 'col', title: name }, h('span', {}, name)))),
      ),
      h('tbody', {}, ...classes.map(row)),
    ),
  );
}

function list(title: string, cells: Summary['confusion'], classes: readonly string[]): HTMLElement {
  const wrong = cells.filter(([label, predicted]) => label !== predicted).sort((a, b) => b[2] - a[2]);
  return h(
    'table',
    { class: 'confusions' },
    h('caption', { class: 'unseen' }, `${title}: most frequent confusions`),
    h(
      'tbody',
      {},
      ...wrong
        .slice(0, listed)
        .map(([label, predicted, images]) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, `${classes[label] ?? label} taken for ${classes[predicted] ?? predicted}`),
            h('td', {}, String(images)),
          ),
        ),
    ),
  );
}
