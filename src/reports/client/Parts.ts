import type { Report } from './Report.js';
import type { Selection } from './selection.js';
import type { State, View } from './state.js';

/** What every part of the page is started with. */
export interface Parts {
  readonly report: Report;
  readonly state: State;
  /** What the filter leaves. */
  readonly selection: (view: View) => Selection;
}
