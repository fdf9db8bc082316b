import type { LastOr, PackedReport, Ragged } from '../packReport.js';
import type { ReportData, ReportTrial } from '../ReportData.js';

/** The rows again, from the columns that `packReport` made. */
export function unpackReport(packed: PackedReport): ReportData {
  const columns = packed.trials;
  const blocks = rowsOf(columns.blocks);
  const epochs = rowsOf(columns.epochs);
  const curveEpochs = rowsOf(columns.curveEpochs);
  const runs = rowsOf(columns.runs);
  const measured = Object.entries(columns.measured);
  const histories = Object.entries(columns.history);
  const metrics = Object.entries(columns.metrics);
  let at = 0;
  const spells = rowsOf(columns.spells);
  const trials = columns.number.map((number, i): ReportTrial => {
    const curve = curveEpochs[i].map((epoch) => [epoch, columns.curve[at++]] as const);
    const last = curve.at(-1)?.[1] ?? null;
    const history: Record<string, readonly (number | null)[]> = {};
    for (const [name, column] of histories) {
      const values = column[i];
      if (values !== null) history[name] = values;
    }
    const final: Record<string, number> = {};
    for (const [name, column] of metrics) {
      const value = lastOr(column[i], name === 'accuracy' ? last : (history[name]?.at(-1) ?? null));
      if (value !== null) final[name] = value;
    }
    const reason = columns.reason[i];
    const width = columns.width[i];
    const pausedMs = columns.pausedMs[i];
    return {
      number,
      // Written from the same types by packReport.
      state: columns.states[columns.state[i]] as ReportTrial['state'],
      origin: columns.origins[columns.origin[i]] as ReportTrial['origin'],
      accuracy: lastOr(columns.accuracy[i], last),
      costs: costsOf(columns.costs, i),
      fits: columns.fits[i] === 1,
      choices: columns.choices.map((column) => column[i]),
      blocks: blocks[i],
      curve,
      epochs: epochs[i],
      history,
      metrics: final,
      elapsedMs: columns.elapsedMs[i],
      startedMs: columns.startedMs[i],
      worker: columns.worker[i],
      ...(spells[i].length === 0 ? {} : { spells: triples(spells[i]) }),
      ...(pausedMs === null ? {} : { pausedMs }),
      ...(reason < 0 ? {} : { reason: columns.reasons[reason] }),
      ...(width === null ? {} : { width }),
      ...(runs[i].length === 0 ? {} : { runs: runs[i] }),
      ...measuredOf(measured, i),
    };
  });
  return { ...packed, trials };
}

/** A cost that a trial does not have is null in its column. */
function costsOf(columns: PackedReport['trials']['costs'], i: number): ReportTrial['costs'] {
  const costs = Object.entries(columns).flatMap(([name, column]) => (column[i] === null ? [] : [[name, column[i]]]));
  // Written from the same type by packReport.
  return Object.fromEntries(costs) as ReportTrial['costs'];
}

function measuredOf(columns: readonly (readonly [string, readonly (number | null)[]])[], i: number) {
  const found = columns.flatMap(([name, column]) => (column[i] === null ? [] : [[name, column[i]] as const]));
  return found.length === 0 ? {} : { measured: Object.fromEntries(found) };
}

function triples(numbers: readonly number[]): (readonly [number, number, number])[] {
  return Array.from({ length: numbers.length / 3 }, (_, i) => {
    const [from, ms, worker] = numbers.slice(3 * i, 3 * i + 3);
    return [from, ms, worker] as const;
  });
}

function lastOr(value: LastOr, last: number | null): number | null {
  return value === true ? last : value;
}

function rowsOf({ lengths, values }: Ragged): number[][] {
  let at = 0;
  return lengths.map((length) => values.slice(at, (at += length)));
}
