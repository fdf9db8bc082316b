import { byId } from '../../reports/client/dom.js';

/** Ids of what scrolls by itself. */
const scrolling = ['table', 'parallel', 'compare', 'details', 'trial-page'];

/**
 * Remembers what the page's parts keep to themselves (sort and page of the table, the importance's target, scrolled
 * boxes, opened sections, focus); the returned function brings it back once they were started anew.
 */
export function keepPlace(): () => void {
  const sorted = document.querySelector(
    '#table th[aria-sort=ascending] button, #table th[aria-sort=descending] button',
  );
  const sort = sorted === null ? null : { id: sorted.id, to: sorted.closest('th')?.getAttribute('aria-sort') };
  const pageNumber = Number(/Page (\d+)/.exec(byId('pager').textContent ?? '')?.[1] ?? 1);
  const target = document.querySelector('#importance-target button[aria-pressed=true]')?.getAttribute('data-value');
  const scrolled = scrolling.map((id) => ({ id, left: byId(id).scrollLeft, top: byId(id).scrollTop }));
  const opened = [...document.querySelectorAll('details')].map((item) => item.open);
  const active = document.activeElement;
  const focused = active?.id ?? '';
  const caret = active instanceof HTMLInputElement ? active.selectionStart : null;
  return () => {
    const sortBy = () => (sort === null ? null : document.getElementById(sort.id));
    for (let i = 0; i < 2 && sortBy()?.closest('th')?.getAttribute('aria-sort') !== sort?.to; i++) sortBy()?.click();
    for (let i = 1; i < pageNumber; i++) document.querySelector<HTMLElement>('#pager button:last-child')?.click();
    const press = [...document.querySelectorAll<HTMLElement>('#importance-target button')];
    press.find((button) => button.dataset.value === target && button.ariaPressed !== 'true')?.click();
    const now = [...document.querySelectorAll('details')];
    // Another trial's panel may have other sections.
    if (now.length === opened.length) now.forEach((item, i) => (item.open = opened[i]));
    for (const { id, left, top } of scrolled) byId(id).scrollTo(left, top);
    const again = focused === '' ? null : document.getElementById(focused);
    again?.focus({ preventScroll: true });
    if (again instanceof HTMLInputElement && caret !== null) again.setSelectionRange(caret, caret);
  };
}
