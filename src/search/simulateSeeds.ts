import { NasDistillError } from '../core/errors.js';
import type { Point } from '../core/pareto.js';
import { createPruner } from './createPruner.js';
import { simulate, volumeOf, type SimulationSettings } from './simulate.js';
import { tableViolation } from './simulateBudget.js';

export interface Spread {
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

export interface SeedsSettings extends Omit<SimulationSettings, 'seed' | 'pruner'> {
  readonly seeds: number;
  readonly reference: Point;
  readonly pruner?: { readonly name: string; readonly options?: unknown };
}

export interface SeedsResult {
  /** Hypervolume of the complete trials over that of the table's feasible front. */
  readonly hypervolumeRatio: Spread;
  /** Best value of the first objective that needs training, as stored. */
  readonly best: Spread;
  /** The largest value that a feasible row has of it. */
  readonly bestPossible: number;
  /** Mean ratio after so many trials. */
  readonly curve: readonly { readonly trials: number; readonly ratio: number }[];
  readonly complete: Spread;
  readonly pruned: Spread;
  readonly rungs: Spread;
  /** Milliseconds of ask and tell a trial. */
  readonly askMs: Spread;
  /** The same in processor time. */
  readonly cpuMs: Spread;
}

/** Repeats a simulation over seeds 1..n. @throws NasDistillError USAGE if nothing of the table lies below the reference */
export function simulateSeeds(settings: SeedsSettings): SeedsResult {
  const { table, reference, budgets, trials } = settings;
  const feasible = table.rows.filter((row) => tableViolation(row, budgets) === 0);
  const whole = volumeOf(
    feasible.map((row) => row.point),
    reference,
  );
  if (!(whole > 0)) {
    throw new NasDistillError('USAGE', 'no feasible row of the table is better than the reference in every objective', {
      hint: 'Give a worse --reference, or none: the worst value of each objective is the default.',
    });
  }
  const main = Math.max(
    0,
    table.objectives.findIndex((o) => !o.known),
  );
  const sign = table.objectives[main].maximise ? 1 : -1;
  const marks = Array.from({ length: 10 }, (_, i) => Math.ceil((trials * (i + 1)) / 10));
  const epochs = Math.max(1, table.rows[0].rungs.length);
  const runs = Array.from({ length: settings.seeds }, (_, s) => {
    const pruner = createPruner(settings.pruner?.name ?? 'none', settings.pruner?.options, epochs);
    const run = simulate({ ...settings, pruner, seed: String(s + 1) });
    const ratioAfter = (n: number) => {
      const done = run.trials.filter((t) => t.after <= n && t.state === 'COMPLETE');
      return (
        volumeOf(
          done.map((t) => t.row.point),
          reference,
        ) / whole
      );
    };
    const complete = run.trials.filter((t) => t.state === 'COMPLETE');
    return {
      ratios: [...new Set(marks)].map((n) => ({ trials: n, ratio: ratioAfter(n) })),
      ratio: ratioAfter(run.trials.length),
      best: sign * Math.max(...complete.map((t) => sign * t.row.values[main])),
      complete: complete.length,
      pruned: run.trials.length - complete.length,
      rungs: run.rungs,
      askMs: run.askMs,
      cpuMs: run.cpuMs,
    };
  });
  const over = (of: (run: (typeof runs)[number]) => number): Spread => {
    const values = runs.map(of);
    return {
      mean: values.reduce((a, b) => a + b, 0) / values.length,
      min: Math.min(...values),
      max: Math.max(...values),
    };
  };
  return {
    hypervolumeRatio: over((run) => run.ratio),
    best: over((run) => run.best),
    bestPossible: sign * feasible.reduce((best, row) => Math.max(best, sign * row.values[main]), -Infinity),
    curve: runs[0].ratios.map(({ trials: n }, i) => ({ trials: n, ratio: over((run) => run.ratios[i].ratio).mean })),
    complete: over((run) => run.complete),
    pruned: over((run) => run.pruned),
    rungs: over((run) => run.rungs),
    askMs: over((run) => run.askMs),
    cpuMs: over((run) => run.cpuMs),
  };
}
