import { noFilter, type Filter } from './selection.js';
import type { State, View } from './state.js';

/** What a report's address says after `#`: the selected trial and the query, as `trial=12&q=bytes%3C2MB`. */
export function readAddress(): { readonly trial: number | null; readonly filter: Filter } {
  const parameters = new URLSearchParams(location.hash.slice(1));
  const trial = /^\d+$/.exec(parameters.get('trial') ?? '');
  return { trial: trial === null ? null : Number(trial[0]), filter: { ...noFilter, text: parameters.get('q') ?? '' } };
}

/** Keeps the address in step, so that a copied link shows the same; brushed ranges are written as part of the query. */
export function startAddress(state: State): void {
  state.listen(['selected', 'filter'], ({ selected, filter }: View) => {
    const parameters = new URLSearchParams();
    if (selected !== null) parameters.set('trial', String(selected));
    const terms = [filter.text, ...filter.brushes.values()].filter((text) => text.trim() !== '');
    const query = terms.length > 1 ? terms.map((text) => `(${text})`).join(' && ') : (terms[0] ?? '');
    if (query !== '') parameters.set('q', query);
    history.replaceState(null, '', `#${parameters.toString()}`);
  });
}
