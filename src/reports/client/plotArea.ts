import { h } from './dom.js';

/** A place on the plot in pixels of its host, from the top left. */
export interface Place {
  readonly x: number;
  readonly y: number;
}
export interface Box {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
}

export interface BrushOptions {
  /** The part of the host that can be brushed. */
  readonly area: () => Box;
  /** `x` and `y` brush whole bands. */
  readonly along: 'both' | 'x' | 'y';
  /** Whether a drag that starts here brushes. */
  readonly active?: (at: Place) => boolean;
  readonly done: (box: Box, from: Place) => void;
}

/** Shorter drags are clicks. */
const click = 5;

/** Lets the pointer drag a rectangle over a host; Escape gives it up. Reports it when the pointer is let go. */
export function attachBrush(host: HTMLElement, { area, along, active = () => true, done }: BrushOptions): void {
  const frame = h('div', { class: 'brush', hidden: true });
  host.append(frame);
  let from: Place | null = null;
  let box: Box | null = null;
  const stop = () => {
    from = box = null;
    frame.hidden = true;
  };
  host.addEventListener('pointerdown', (event) => {
    const at = placeIn(host, event);
    const { x0, x1, y0, y1 } = area();
    const inside = at.x >= x0 && at.x <= x1 && at.y >= y0 && at.y <= y1;
    if (event.button !== 0 || event.pointerType === 'touch' || !inside || !active(at)) return;
    from = at;
    host.setPointerCapture(event.pointerId);
  });
  host.addEventListener('pointermove', (event) => {
    if (from === null) return;
    const at = placeIn(host, event);
    if (box === null && Math.abs(at.x - from.x) < click && Math.abs(at.y - from.y) < click) return;
    const limits = area();
    const [x0, x1] = along === 'y' ? [limits.x0, limits.x1] : span(from.x, at.x, limits.x0, limits.x1);
    const [y0, y1] = along === 'x' ? [limits.y0, limits.y1] : span(from.y, at.y, limits.y0, limits.y1);
    box = { x0, x1, y0, y1 };
    frame.hidden = false;
    Object.assign(frame.style, { left: `${x0}px`, top: `${y0}px`, width: `${x1 - x0}px`, height: `${y1 - y0}px` });
  });
  host.addEventListener('pointerup', () => {
    const [made, start] = [box, from];
    stop();
    if (made !== null && start !== null) done(made, start);
  });
  host.addEventListener('pointercancel', stop);
  const onKey = (event: KeyboardEvent) => {
    // A live page draws its parts anew: the window must not keep those that are gone.
    if (!host.isConnected) window.removeEventListener('keydown', onKey);
    else if (event.key === 'Escape') stop();
  };
  window.addEventListener('keydown', onKey);
}

/** Calls back for a press that was not a drag. */
export function onPress(host: HTMLElement, press: (at: Place, event: PointerEvent) => void): void {
  let from: Place | null = null;
  // While capturing: plotly keeps these events for itself.
  host.addEventListener('pointerdown', (event) => (from = event.button === 0 ? placeIn(host, event) : null), true);
  host.addEventListener(
    'pointerup',
    (event) => {
      const at = placeIn(host, event);
      if (from !== null && Math.abs(at.x - from.x) < click && Math.abs(at.y - from.y) < click) press(at, event);
      from = null;
    },
    true,
  );
}

export function placeIn(host: HTMLElement, event: PointerEvent): Place {
  const box = host.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

function span(a: number, b: number, low: number, high: number): [number, number] {
  const clamp = (value: number) => Math.max(low, Math.min(high, value));
  return [clamp(Math.min(a, b)), clamp(Math.max(a, b))];
}

/** A canvas that fills its host, sharp on every screen; `begin` clears it and returns its pen and size. */
export function createCanvas(host: HTMLElement, attributes: Readonly<Record<string, string>> = {}) {
  const canvas = h('canvas', attributes);
  const pen = canvas.getContext('2d');
  if (pen === null) throw new Error('the browser has no 2d canvas');
  return {
    canvas,
    begin(width = host.clientWidth, height = host.clientHeight) {
      const ratio = window.devicePixelRatio || 1;
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      return { pen, width, height };
    },
  };
}

/** Calls back when the host's width changes. */
export function onWidth(host: HTMLElement, changed: () => void): void {
  let known = host.clientWidth;
  new ResizeObserver(() => {
    if (host.clientWidth === known) return;
    known = host.clientWidth;
    changed();
  }).observe(host);
}
