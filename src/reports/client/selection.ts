import { parseQuery, QueryError } from './query.js';
import type { Kind, Report } from './Report.js';
import type { PageTrial } from './PageData.js';
import type { View } from './state.js';

/** What the reader looks at: the query, ranges brushed in plots (a query each, by what they range over), hidden kinds. */
export interface Filter {
  readonly text: string;
  readonly brushes: ReadonlyMap<string, string>;
  readonly hidden: ReadonlySet<Kind>;
  /** Indices of studies that are hidden. */
  readonly hiddenStudies: ReadonlySet<number>;
}

export const noFilter: Filter = { text: '', brushes: new Map(), hidden: new Set(), hiddenStudies: new Set() };

export interface Selection {
  has(trial: PageTrial): boolean;
  readonly count: number;
  /** Nothing is left out. */
  readonly all: boolean;
  /** Why the query cannot be read; it then leaves nothing out. */
  readonly error: QueryError | null;
}

/** Returns the trials that a view's filter leaves; the last answer is kept, since every part of the page asks. */
export function createSelection(report: Report): (view: View) => Selection {
  let known: { readonly filter: Filter; readonly axes: string; readonly selection: Selection } | undefined;
  return ({ filter, x, y }) => {
    const axes = `${x} ${y}`;
    if (known?.filter === filter && known.axes === axes) return known.selection;
    let error: QueryError | null = null;
    const tests = [filter.text, ...filter.brushes.values()].flatMap((text) => {
      try {
        return text.trim() === '' ? [] : [parseQuery(text, report)];
      } catch (caught) {
        if (!(caught instanceof QueryError)) throw caught;
        error = caught;
        return [];
      }
    });
    const { trials } = report.data;
    const left = new Set<PageTrial>();
    for (const trial of trials) {
      const kind = report.kindOf(trial, { x, y });
      if (filter.hiddenStudies.has(trial.study)) continue;
      if (!filter.hidden.has(kind) && tests.every((test) => test(trial, kind))) left.add(trial);
    }
    const selection = {
      has: (trial: PageTrial) => left.has(trial),
      count: left.size,
      all: left.size === trials.length,
      error,
    };
    known = { filter, axes, selection };
    return selection;
  };
}

/** A range as a query, rounded outward to four digits so that what was enclosed stays in. */
export function rangeQuery(field: string, low: number, high: number): string {
  return `${rounded(low, Math.floor)} <= ${field} <= ${rounded(high, Math.ceil)}`;
}

function rounded(value: number, direction: (value: number) => number): string {
  if (value === 0) return '0';
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(value))) - 3);
  // The division's own error is not worth a digit.
  const steps = direction(Number((value / unit).toPrecision(12)));
  return String(Number((steps * unit).toPrecision(4)));
}
