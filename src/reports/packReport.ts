import { isCostName } from '../costs/CostModel.js';
import type { ReportData, ReportTrial } from './ReportData.js';

/** Rows of different lengths as one list: the length of each, then all values. */
export interface Ragged {
  readonly lengths: readonly number[];
  readonly values: readonly number[];
}
/** `true`: the same as the last value of the trial's history. */
export type LastOr = number | true | null;

/** The report's trials by column: what resembles lies together, so that it compresses to a fraction. */
export interface PackedTrials {
  readonly number: readonly number[];
  readonly states: readonly string[];
  readonly state: readonly number[];
  readonly origins: readonly string[];
  readonly origin: readonly number[];
  readonly fits: readonly number[];
  readonly accuracy: readonly LastOr[];
  readonly costs: Readonly<Record<string, readonly (number | null)[]>>;
  readonly choices: readonly (readonly number[])[];
  readonly blocks: Ragged;
  readonly epochs: Ragged;
  readonly curveEpochs: Ragged;
  readonly curve: readonly number[];
  /** By metric; null for a trial that has none of it, else one list a trial. */
  readonly history: Readonly<Record<string, readonly (readonly (number | null)[] | null)[]>>;
  readonly metrics: Readonly<Record<string, readonly LastOr[]>>;
  readonly elapsedMs: readonly (number | null)[];
  readonly startedMs: readonly (number | null)[];
  readonly worker: readonly (number | null)[];
  /** Triples, one behind the other. */
  readonly spells: Ragged;
  readonly pausedMs: readonly (number | null)[];
  readonly reasons: readonly string[];
  readonly reason: readonly number[];
  readonly width: readonly (number | null)[];
  readonly runs: Ragged;
  readonly measured: Readonly<Record<string, readonly (number | null)[]>>;
}

export type PackedReport = Omit<ReportData, 'trials'> & { readonly trials: PackedTrials };

/** The same data by column; `unpackReport` gives it back exactly. */
export function packReport(data: ReportData): PackedReport {
  const { trials } = data;
  const states = dictionary(trials.map((t) => t.state));
  const origins = dictionary(trials.map((t) => t.origin));
  const reasons = dictionary(trials.map((t) => t.reason));
  const column = <T>(read: (trial: ReportTrial) => T): T[] => trials.map(read);
  const names = (read: (trial: ReportTrial) => object) => [...new Set(trials.flatMap((t) => Object.keys(read(t))))];
  return {
    ...data,
    trials: {
      number: column((t) => t.number),
      states: states.words,
      state: states.indices,
      origins: origins.words,
      origin: origins.indices,
      fits: column((t) => Number(t.fits)),
      accuracy: column((t) => (t.accuracy !== null && t.accuracy === t.curve.at(-1)?.[1] ? true : t.accuracy)),
      costs: Object.fromEntries(names((t) => t.costs).map((name) => [name, column((t) => costOf(t, name))])),
      choices: data.choices.map((_, i) => column((t) => t.choices[i])),
      blocks: ragged(column((t) => t.blocks)),
      epochs: ragged(column((t) => t.epochs)),
      curveEpochs: ragged(column((t) => t.curve.map(([epoch]) => epoch))),
      curve: trials.flatMap((t) => t.curve.map(([, accuracy]) => accuracy)),
      history: Object.fromEntries(
        names((t) => t.history).map((name) => [name, column((t) => t.history[name] ?? null)]),
      ),
      metrics: Object.fromEntries(names((t) => t.metrics).map((name) => [name, column((t) => metricOf(t, name))])),
      elapsedMs: column((t) => t.elapsedMs),
      startedMs: column((t) => t.startedMs),
      worker: column((t) => t.worker),
      spells: ragged(column((t) => (t.spells ?? []).flat())),
      pausedMs: column((t) => t.pausedMs ?? null),
      reasons: reasons.words,
      reason: reasons.indices,
      width: column((t) => t.width ?? null),
      runs: ragged(column((t) => t.runs ?? [])),
      measured: Object.fromEntries(
        names((t) => t.measured ?? {}).map((name) => [name, column((t) => t.measured?.[name] ?? null)]),
      ),
    },
  };
}

function metricOf(trial: ReportTrial, name: string): LastOr {
  const value = trial.metrics[name];
  if (value === undefined) return null;
  const last = name === 'accuracy' ? trial.curve.at(-1)?.[1] : trial.history[name]?.at(-1);
  return value === last ? true : value;
}

function costOf({ costs }: ReportTrial, name: string): number | null {
  return isCostName(name) ? (costs[name] ?? null) : null;
}

function ragged(rows: readonly (readonly number[])[]): Ragged {
  return { lengths: rows.map((row) => row.length), values: rows.flat() };
}

/** Each different word once, and for each row its index; -1 for none. */
function dictionary(rows: readonly (string | undefined)[]): { words: string[]; indices: number[] } {
  const known = new Map<string, number>();
  const indices = rows.map((word) => {
    if (word === undefined) return -1;
    const index = known.get(word) ?? known.size;
    known.set(word, index);
    return index;
  });
  return { words: [...known.keys()], indices };
}
