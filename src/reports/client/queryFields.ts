import type { Report } from './Report.js';
import type { PageTrial } from './PageData.js';
import type { Test } from './query.js';

export type Unit = 'count' | 'time';

/** What a query may ask of a trial. Text fields may hold several values: every choice that a short name stands for. */
export type Field =
  | { readonly kind: 'number'; readonly unit: Unit; readonly read: (trial: PageTrial) => number | null }
  | { readonly kind: 'text'; readonly read: (trial: PageTrial, kind: string) => readonly string[] };

const counts: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  ki: 1024,
  mi: 1024 ** 2,
  gi: 1024 ** 3,
  '%': 0.01,
};
/** In seconds. */
const times: Readonly<Record<string, number>> = { '': 1, ms: 1e-3, s: 1, sec: 1, min: 60, h: 3600 };

/** `0.85`, `85%`, `2MB`, `512KiB`, `1.5M`, `30MMACs`; of a time `90`, `90s`, `2min`. Null if it is none. */
export function parseValue(text: string, unit: Unit): number | null {
  const match = /^(-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(%|[a-z]*)$/i.exec(text);
  if (match === null) return null;
  const [, digits, suffix] = match;
  const word = suffix.toLowerCase();
  const factor = unit === 'time' ? times[word] : (counts[word] ?? counts[word.replace(/(b|bytes|params|macs)$/, '')]);
  return factor === undefined ? null : Number(digits) * factor;
}

/** A field by its name, in any case; a choice also by the end of its name: `width` stands for every `….width`. */
export function resolveField(name: string, report: Report): Field | null {
  const word = name.toLowerCase();
  const number = (read: (trial: PageTrial) => number | null, unit: Unit = 'count'): Field => ({
    kind: 'number',
    unit,
    read,
  });
  if (word === 'accuracy') return number((trial) => trial.accuracy);
  if (word === 'trial' || word === 'number') return number((trial) => trial.number);
  const cost = report.costNames.find((item) => item.toLowerCase() === word);
  if (cost !== undefined) return number((trial) => trial.costs[cost] ?? null);
  if (word === 'time') return number((trial) => (trial.elapsedMs === null ? null : trial.elapsedMs / 1000), 'time');
  if (word === 'started') return number((trial) => (trial.startedMs === null ? null : trial.startedMs / 1000), 'time');
  if (word === 'ended') {
    const ended = ({ startedMs, elapsedMs, pausedMs = 0 }: PageTrial) =>
      startedMs === null || elapsedMs === null ? null : (startedMs + elapsedMs + pausedMs) / 1000;
    return number(ended, 'time');
  }
  const measured = /^measured\.(.+)$/.exec(name)?.[1];
  if (measured !== undefined && report.measuredNames.has(measured))
    return number((trial) => trial.measured?.[measured] ?? null);
  if (word === 'epochs') return number((trial) => trial.epochs.at(-1) ?? 0);
  if (word === 'worker') return number((trial) => trial.worker);
  if (word === 'state') return { kind: 'text', read: (trial) => [trial.state] };
  if (word === 'origin') return { kind: 'text', read: (trial) => [trial.origin] };
  if (word === 'study') return { kind: 'text', read: (trial) => [report.studyOf(trial).name] };
  if (word === 'runs') return number((trial) => trial.runs?.length ?? (trial.state === 'COMPLETE' ? 1 : 0));
  if (word === 'promoted') return { kind: 'text', read: (trial) => [report.promoted.has(trial.key) ? 'yes' : 'no'] };
  if (word === 'kind') return { kind: 'text', read: (_trial, kind) => [kind] };
  const { choices } = report.data;
  const named = choices.flatMap((choice, i) => (choice.name.toLowerCase() === word ? [i] : []));
  const meant =
    named.length > 0
      ? named
      : choices.flatMap((choice, i) => (choice.name.toLowerCase().endsWith(`.${word}`) ? [i] : []));
  if (meant.length > 0) {
    return {
      kind: 'text',
      read: (trial) => meant.flatMap((i) => (trial.choices[i] < 0 ? [] : [choices[i].values[trial.choices[i]]])),
    };
  }
  const metric = [...report.metricNames].find((item) => item.toLowerCase() === word);
  if (metric !== undefined) return number((trial) => trial.metrics[metric] ?? null);
  return null;
}

/** Looks for a word in the trial's number, kind, state, origin, reason and `name=value` of its choices. */
export function searchWord(text: string, report: Report): Test {
  const word = text.toLowerCase();
  const { choices } = report.data;
  const has = choices.map((choice) =>
    choice.values.map((value) => `${choice.name}=${value}`.toLowerCase().includes(word)),
  );
  return (trial, kind) =>
    String(trial.number) === word ||
    kind.includes(word) ||
    trial.state.toLowerCase().includes(word) ||
    trial.origin.includes(word) ||
    (trial.reason ?? '').toLowerCase().includes(word) ||
    trial.choices.some((value, i) => value >= 0 && has[i][value]);
}
