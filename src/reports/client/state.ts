import type { Quantity } from './quantities.js';
import type { Filter } from './selection.js';

export type Theme = 'light' | 'dark';

/** What the reader has chosen; every part of the page draws from it. */
export interface View {
  /** Key of the selected trial. */
  readonly selected: number | null;
  /** The two quantities that the front is drawn over. */
  readonly x: Quantity;
  readonly y: Quantity;
  readonly scale: 'log' | 'linear';
  readonly range: 'front' | 'all';
  readonly theme: Theme;
  /** What the pointer does when it is dragged over the main plot. */
  readonly drag: 'select' | 'zoom';
  readonly filter: Filter;
  /** Keys of the trials that stand side by side, four at most, in the order in which they were added. */
  readonly compared: readonly number[];
  /** What the hypervolume is drawn over. */
  readonly over: 'trials' | 'time';
  /** The selected trial's page is open. */
  readonly page: boolean;
}

export interface State {
  get(): View;
  /** Changes some of it; listeners hear which keys differ. */
  set(change: Partial<View>): void;
  /** Adds a brushed range, or takes it away (null). */
  brush(ranges: Readonly<Record<string, string | null>>): void;
  /** Puts a trial beside the others to compare, or takes it away. */
  compare(trial: number): void;
  listen(keys: readonly (keyof View)[], listener: (view: View) => void): void;
}

/** More columns than these cannot be read side by side. */
export const mostCompared = 4;

export function createState(initial: View): State {
  let view = initial;
  const listeners: { keys: readonly (keyof View)[]; listener: (view: View) => void }[] = [];
  const state: State = {
    get: () => view,
    set(change) {
      const before = view;
      view = { ...view, ...change };
      for (const { keys, listener } of listeners) if (keys.some((key) => before[key] !== view[key])) listener(view);
    },
    brush(ranges) {
      const brushes = new Map(view.filter.brushes);
      for (const [over, query] of Object.entries(ranges)) {
        brushes.delete(over);
        if (query !== null) brushes.set(over, query);
      }
      state.set({ filter: { ...view.filter, brushes } });
    },
    compare(trial) {
      const others = view.compared.filter((key) => key !== trial);
      const compared = others.length < view.compared.length ? others : [...others, trial].slice(-mostCompared);
      state.set({ compared });
    },
    listen(keys, listener) {
      listeners.push({ keys, listener });
    },
  };
  return state;
}
