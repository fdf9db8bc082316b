import { hypervolume, type Point } from '../core/pareto.js';
import { feasibleSampler } from '../spaces/feasibility/feasibleSampler.js';
import type { Architecture } from '../spaces/SearchSpace.js';
import type { Sampler, SamplerEntry } from '../samplers/Sampler.js';
import type { Pruner } from '../pruners/Pruner.js';
import { reseedableRng } from './reseedable.js';
import { tableViolation, type TableBudget } from './simulateBudget.js';
import type { SearchTable, TableRow } from './simulateTable.js';

export interface SimulationSettings {
  readonly table: SearchTable;
  readonly sampler: SamplerEntry;
  readonly samplerOptions?: unknown;
  readonly pruner: Pruner;
  readonly budgets: readonly TableBudget[];
  readonly trials: number;
  /** Trials that run at once. */
  readonly workers: number;
  /** Trials that are chosen while others are in a rung that they may stop after, as `search --ahead` does; default: none. */
  readonly ahead?: number;
  readonly seed: string;
  /** True: the sampler must learn costs, too, as if they needed training. */
  readonly blind?: boolean;
}

export interface SimulatedTrial {
  readonly architecture: Architecture;
  readonly row: TableRow;
  readonly state: 'COMPLETE' | 'PRUNED';
  /** How many trials had stopped by then, at their end or at their first pause, itself included. */
  readonly after: number;
}

export interface Simulation {
  /** In the order in which they ended. */
  readonly trials: readonly SimulatedTrial[];
  /** Rungs that were trained; trials, if the table has no rungs. */
  readonly rungs: number;
  /** Milliseconds in ask and tell, over the trials. */
  readonly askMs: number;
  /** The same in processor time of the whole process, which other work on the machine does not lengthen. */
  readonly cpuMs: number;
}

interface Running {
  readonly number: number;
  readonly architecture: Architecture;
  readonly id: string;
  readonly row: TableRow;
  rung: number;
  /** In rungs: when the next one ends. */
  due: number;
}

/**
 * Runs a sampler and a pruner against a table as the search would against training: when a worker is free, a paused trial that
 * may go on does, else a proposal is asked for, with the seed of its number; every rung takes one unit of time; what ends or
 * pauses is told at once, and at the end what still waits is pruned.
 */
export function simulate(settings: SimulationSettings): Simulation {
  const { table, budgets, pruner } = settings;
  const { space } = table;
  const seen = new Set<string>();
  const ask = reseedableRng();
  ask.reseed(`${settings.seed}/sampler`);
  const violation = (architecture: Architecture) => tableViolation(table.row(architecture), budgets);
  const sampler: Sampler = settings.sampler.create(
    {
      space,
      rng: ask,
      trials: settings.trials,
      violation,
      seen: (id) => seen.has(id),
      ...(settings.blind === true
        ? {}
        : {
            known: (architecture: Architecture) =>
              table.row(architecture).point.map((v, m) => (table.objectives[m].known ? v : undefined)),
          }),
      propose: feasibleSampler(space, violation),
    },
    settings.samplerOptions,
  );
  const running: Running[] = [];
  const paused = new Map<number, Running>();
  /** Numbers of trials that stopped once. */
  const stopped = new Set<number>();
  const ended: SimulatedTrial[] = [];
  let [proposed, now, rungs, askMs, cpuMs] = [0, 0, 0, 0, 0];
  const timed = <T>(work: () => T): T => {
    const [started, before] = [performance.now(), process.cpuUsage()];
    const result = work();
    const { user, system } = process.cpuUsage(before);
    askMs += performance.now() - started;
    cpuMs += (user + system) / 1000;
    return result;
  };
  let exhausted = false;

  const promote = (last: boolean): Running | undefined => {
    const next = pruner.waiting?.next(last);
    const trial = next === undefined ? undefined : paused.get(next.trial);
    if (next === undefined || trial === undefined) return undefined;
    pruner.waiting?.leave(next);
    paused.delete(next.trial);
    return trial;
  };

  const propose = (): Running | undefined => {
    if (exhausted || proposed >= settings.trials) return undefined;
    ask.reseed(`${settings.seed}/ask/${proposed + 1}`);
    const architecture = timed(() => sampler.ask());
    if (architecture === undefined) {
      exhausted = true;
      return undefined;
    }
    const id = space.id(architecture);
    seen.add(id);
    proposed++;
    return { number: proposed, architecture, id, row: table.row(architecture), rung: 0, due: 0 };
  };

  /** Chosen, and not running yet. */
  const ready: Running[] = [];
  const start = (trial: Running) => {
    trial.due = now + 1;
    running.push(trial);
  };
  const mayStop = ({ number, rung, row }: Running) => rung + 1 >= row.rungs.length || pruner.mayStop(number, rung + 1);

  for (;;) {
    while (running.length < settings.workers) {
      const next = ready.shift() ?? promote(false) ?? propose();
      if (next === undefined) break;
      start(next);
    }
    while (ready.length < Math.min(settings.ahead ?? 0, running.filter(mayStop).length)) {
      const next = promote(false) ?? propose();
      if (next === undefined) break;
      ready.push(next);
    }
    if (running.length === 0) {
      const next = promote(true);
      if (next === undefined) break;
      start(next);
    }
    const trial = running.reduce((a, b) => (b.due < a.due || (b.due === a.due && b.number < a.number) ? b : a));
    now = trial.due;
    rungs++;
    trial.rung++;
    trial.due = now + 1;
    const last = trial.rung >= trial.row.rungs.length;
    const objectives = last ? trial.row.point : trial.row.rungs[trial.rung - 1];
    const report = { trial: trial.number, epoch: trial.rung, objectives };
    const decision = last ? 'prune' : pruner.decide(report);
    pruner.record(report);
    if (decision === 'continue') continue;
    running.splice(running.indexOf(trial), 1);
    const state = last ? 'COMPLETE' : 'PRUNED';
    stopped.add(trial.number);
    if (decision === 'pause') {
      pruner.waiting?.enter({ trial: trial.number, epoch: trial.rung });
      paused.set(trial.number, trial);
    } else ended.push({ architecture: trial.architecture, row: trial.row, state, after: stopped.size });
    const finished = {
      architecture: trial.architecture,
      id: trial.id,
      state,
      objectives,
      rungs: trial.row.rungs.slice(0, trial.rung),
      violations: budgets.map((budget) => tableViolation(trial.row, [budget])),
    } as const;
    timed(() => sampler.tell(finished));
  }
  const per = Math.max(1, proposed);
  for (const { architecture, row } of paused.values())
    ended.push({ architecture, row, state: 'PRUNED', after: stopped.size });
  return { trials: ended, rungs, askMs: askMs / per, cpuMs: cpuMs / per };
}

/** Volume that points dominate below the reference; dominated points are dropped first, as there may be many. */
export function volumeOf(points: readonly Point[], reference: Point): number {
  if (reference.length === 2) return hypervolume(points, reference);
  const kept: Point[] = [];
  const atMost = (a: Point, b: Point) => a.every((v, m) => v <= b[m]);
  for (const p of points) {
    if (kept.some((k) => atMost(k, p))) continue;
    for (let i = kept.length - 1; i >= 0; i--) if (atMost(p, kept[i])) kept.splice(i, 1);
    kept.push(p);
  }
  return hypervolume(kept, reference);
}
