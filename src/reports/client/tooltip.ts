import { h } from './dom.js';

/** A small box of lines beside a place of its host; moved, not rebuilt, while the text stays. */
export function createTooltip(
  host: HTMLElement,
): (at: { x: number; y: number } | null, lines?: readonly string[]) => void {
  const box = h('div', { class: 'tooltip', hidden: true, 'aria-hidden': 'true' });
  host.append(box);
  let shown = '';
  return (at, lines = []) => {
    if (at === null) {
      box.hidden = true;
      return;
    }
    const text = lines.join('\n');
    if (text !== shown) box.textContent = text;
    shown = text;
    box.hidden = false;
    const left = at.x + 14 + box.offsetWidth > host.clientWidth ? at.x - 14 - box.offsetWidth : at.x + 14;
    box.style.transform = `translate(${Math.max(0, Math.round(left))}px, ${Math.max(0, Math.round(at.y - box.offsetHeight - 8))}px)`;
  };
}
