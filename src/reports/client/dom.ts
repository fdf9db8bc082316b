/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

type Child = Node | string | null;
type Attributes = Readonly<Record<string, string | number | boolean | ((event: Event) => void)>>;

function fill<E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false) element.setAttribute(name, String(value));
  }
  for (const child of children) if (child !== null) element.append(child);
  return element;
}

/** An HTML element. A function among the attributes listens to the event of that name; strings become text, never markup. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element, as `h`. */
export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

/** The element of the page's skeleton with this id. */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no element #${id}`);
  return element;
}

/** A row of buttons of which one is pressed. Returns a function that sets the pressed one. */
export function segments<T extends string>(
  host: HTMLElement,
  options: readonly (readonly [value: T, label: string])[],
  choose: (value: T) => void,
): (value: T) => void {
  const buttons = options.map(([value, label]) =>
    h('button', { type: 'button', 'aria-pressed': 'false', 'data-value': value, click: () => choose(value) }, label),
  );
  host.replaceChildren(...buttons);
  return (value) => {
    options.forEach(([option], i) => buttons[i].setAttribute('aria-pressed', String(option === value)));
  };
}
