import { formatCost, formatPercent } from './format.js';
import { costIn, valueOf } from './quantities.js';
import { rangeQuery } from './selection.js';
import type { Measured, Report } from './Report.js';
import type { View } from './state.js';

export interface Axis {
  readonly title: string;
  /** Position of a trial on the axis in [0, 1] from the top; null where the choice is inactive. */
  readonly at: (trial: Measured) => number | null;
  /** What a range of positions means, as a query; null where it holds no value. */
  readonly query: (from: number, to: number) => string | null;
  readonly ticks: readonly (readonly [position: number, text: string])[];
}

/** Accuracy, the chosen cost, then every choice that has more than one value. */
export function parallelAxes(report: Report, view: View, rank: (trial: Measured) => number): Axis[] {
  const { students } = report;
  const metric = costIn(view);
  const cost = (trial: Measured) => Math.log(valueOf(trial, metric) ?? NaN);
  const { studies } = report.data;
  const lanes = studies.length - 1;
  return [
    ...(lanes < 1
      ? []
      : [
          {
            title: 'study',
            at: (trial: Measured) =>
              0.06 + (trial.study / lanes) * 0.88 + (0.5 - rank(trial)) * Math.min(0.11, 0.5 / lanes),
            query: (from: number, to: number) => {
              const inside = studies.filter(({ index }) => between(0.06 + (index / lanes) * 0.88, from, to));
              return inside.length === 0 ? null : `study in (${inside.map(({ name }) => quoted(name)).join(', ')})`;
            },
            ticks: studies.map(({ index, name }) => [0.06 + (index / lanes) * 0.88, name] as const),
          },
        ]),
    numeric(
      'accuracy',
      students,
      (trial) => trial.accuracy,
      formatPercent,
      (value) => value,
    ),
    numeric(metric, students, cost, (value) => formatCost(metric, Math.exp(value)), Math.exp),
    ...report.data.choices.flatMap((choice, i) => {
      const last = choice.values.length - 1;
      if (last < 1 || !students.some((trial) => trial.choices[i] >= 0)) return [];
      // Lines that share a value fan out by accuracy, so that a band's colours show how good the value is.
      const fan = Math.min(0.11, 0.55 / (last + 1));
      const place = (value: number) => 1 - fan / 2 - (value / last) * (1 - fan);
      const every = Math.ceil(choice.values.length / 12);
      return [
        {
          title: choice.name,
          at: (trial: Measured) => (trial.choices[i] < 0 ? null : place(trial.choices[i]) + (0.5 - rank(trial)) * fan),
          query: (from: number, to: number) => {
            const inside = choice.values.filter((_, k) => place(k) >= from - fan / 2 && place(k) <= to + fan / 2);
            return inside.length === 0 ? null : `${quoted(choice.name)} in (${inside.map(quoted).join(', ')})`;
          },
          ticks: choice.values.flatMap((text, k) => (k % every === 0 ? [[place(k), text] as const] : [])),
        },
      ];
    }),
  ];
}

function numeric(
  title: string,
  students: readonly Measured[],
  read: (trial: Measured) => number,
  format: (value: number) => string,
  plain: (value: number) => number,
): Axis {
  const values = students.map(read).filter(Number.isFinite);
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!(high > low))
    return { title, at: () => 0.5, query: () => null, ticks: values.length > 0 ? [[0.5, format(low)]] : [] };
  return {
    title,
    at: (trial) => (Number.isFinite(read(trial)) ? (high - read(trial)) / (high - low) : null),
    query: (from, to) => rangeQuery(title, plain(high - to * (high - low)), plain(high - from * (high - low))),
    ticks: [0, 0.25, 0.5, 0.75, 1].map((share) => [share, format(high - share * (high - low))] as const),
  };
}

function between(place: number, from: number, to: number): boolean {
  return place >= from - 0.05 && place <= to + 0.05;
}

/** As the query language reads it back. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
