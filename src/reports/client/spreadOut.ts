import type { State, View } from './state.js';

/** Of fewer trials, every part is drawn within a frame anyway. */
const many = 2000;

/**
 * A state whose listeners are called one a frame, the latest view given to each: of thousands of trials, all parts drawn at
 * once would hold the page still for a fifth of a second.
 */
export function spreadOut(state: State, trials: number): State {
  if (trials <= many) return state;
  const waiting = new Set<(view: View) => void>();
  let running = false;
  const next = () => {
    const [listener] = waiting;
    if (listener === undefined) {
      running = false;
      return;
    }
    waiting.delete(listener);
    listener(state.get());
    requestAnimationFrame(next);
  };
  return {
    ...state,
    listen(keys, listener) {
      state.listen(keys, () => {
        waiting.add(listener);
        if (running) return;
        running = true;
        requestAnimationFrame(next);
      });
    },
  };
}
