import type { State, View } from '../../reports/client/state.js';

type Listening = { readonly keys: readonly (keyof View)[]; readonly listener: (view: View) => void };

const everyKey: readonly (keyof View)[] = [
  'selected',
  'x',
  'y',
  'scale',
  'range',
  'theme',
  'drag',
  'filter',
  'compared',
  'over',
  'page',
];

/**
 * The parts of the page are started anew when the data change, while what the reader has chosen stays. Each call returns
 * the same state for the next generation of parts, and the listeners of the generation before are forgotten.
 */
export function createMounts(state: State): () => State {
  let listeners: Listening[] = [];
  let known = state.get();
  state.listen(everyKey, (view) => {
    const before = known;
    known = view;
    for (const { keys, listener } of listeners) if (keys.some((key) => before[key] !== view[key])) listener(view);
  });
  return () => {
    const mine: Listening[] = [];
    listeners = mine;
    return { ...state, listen: (keys, listener) => void mine.push({ keys, listener }) };
  };
}
