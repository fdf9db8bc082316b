import type { CostName } from '../../costs/CostModel.js';

export type Theme = 'light' | 'dark';

/** What the reader has chosen; every part of the page draws from it. */
export interface View {
  readonly selected: number | null;
  readonly metric: CostName;
  readonly scale: 'log' | 'linear';
  readonly range: 'front' | 'all';
  readonly theme: Theme;
}

export interface State {
  get(): View;
  /** Changes some of it; listeners hear which keys differ. */
  set(change: Partial<View>): void;
  listen(keys: readonly (keyof View)[], listener: (view: View) => void): void;
}

export function createState(initial: View): State {
  let view = initial;
  const listeners: { keys: readonly (keyof View)[]; listener: (view: View) => void }[] = [];
  return {
    get: () => view,
    set(change) {
      const before = view;
      view = { ...view, ...change };
      for (const { keys, listener } of listeners) if (keys.some((key) => before[key] !== view[key])) listener(view);
    },
    listen(keys, listener) {
      listeners.push({ keys, listener });
    },
  };
}
