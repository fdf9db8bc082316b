import { h } from './dom.js';

/** A text in a fixed-width type with a button that copies it: one line, or a block of them. */
export function copied(text: string, block = false): HTMLElement {
  const code = h('code', { tabindex: 0 }, text);
  const button = h('button', { type: 'button', class: 'quiet', click: () => void copy(text, code, button) }, 'Copy');
  return h('div', { class: block ? 'command block' : 'command' }, block ? h('pre', {}, code) : code, button);
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
