import type { PageData } from './PageData.js';
import { isQuantity, type Quantity } from './quantities.js';
import { noFilter, type Filter } from './selection.js';
import type { State, View } from './state.js';

export interface Asked {
  readonly trial: number | null;
  readonly filter: Filter;
  readonly page: boolean;
  readonly compared: readonly number[];
  readonly x: Quantity | null;
  readonly y: Quantity | null;
}

/**
 * What a report's address says after `#`: the selected trial, whether its page is open, the query, trials side by side, and
 * the axes, as `trial=12&q=bytes%3C2MB&x=macs`. Of several studies, a trial is `2.12`: the second study's twelfth.
 */
export function readAddress({ studies, trials }: PageData): Asked {
  const parameters = new URLSearchParams(location.hash.slice(1));
  const keyOf = (text: string): number | null => {
    const match = /^(?:(\d+)\.)?(\d+)$/.exec(text);
    if (match === null) return null;
    const study = Number(match[1] ?? 1) - 1;
    return trials.find((trial) => trial.study === study && trial.number === Number(match[2]))?.key ?? null;
  };
  const quantity = (name: string | null) => (name !== null && isQuantity(name) ? name : null);
  const known = studies.length > 0;
  return {
    trial: known ? keyOf(parameters.get('trial') ?? '') : null,
    filter: { ...noFilter, text: parameters.get('q') ?? '' },
    page: parameters.has('page'),
    compared: (parameters.get('compare') ?? '').split(',').flatMap((text) => keyOf(text) ?? []),
    x: quantity(parameters.get('x')),
    y: quantity(parameters.get('y')),
  };
}

/** Keeps the address in step, so that a copied link shows the same; brushed ranges are written as part of the query. */
export function startAddress(state: State, data: () => PageData, first: View): void {
  state.listen(['selected', 'filter', 'compared', 'page', 'x', 'y'], (view: View) => {
    const { filter } = view;
    const { studies, trials } = data();
    const textOf = (key: number): string => {
      const trial = trials.find((item) => item.key === key);
      return trial === undefined ? '' : studies.length > 1 ? `${trial.study + 1}.${trial.number}` : `${trial.number}`;
    };
    const parameters = new URLSearchParams();
    if (view.selected !== null) parameters.set('trial', textOf(view.selected));
    const terms = [filter.text, ...filter.brushes.values()].filter((text) => text.trim() !== '');
    const query = terms.length > 1 ? terms.map((text) => `(${text})`).join(' && ') : (terms[0] ?? '');
    if (query !== '') parameters.set('q', query);
    if (view.compared.length > 0) parameters.set('compare', view.compared.map(textOf).join(','));
    if (view.x !== first.x) parameters.set('x', view.x);
    if (view.y !== first.y) parameters.set('y', view.y);
    if (view.page) parameters.set('page', '');
    history.replaceState(null, '', `#${parameters.toString()}`);
  });
}
