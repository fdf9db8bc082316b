import type { CostName } from '../costs/CostModel.js';
import type { Pruner, PrunerDecision, RungReport, WaitingTrial } from '../pruners/Pruner.js';
import type { Rung, Trial } from '../store/types.js';
import { scaledCost } from './scaledCost.js';

/**
 * The study's pruner between the workers and the store. Baselines always train to their end, as what they are for is to be
 * compared with. Under --deterministic a decision may only depend on earlier waves, as the order of rungs within a wave is
 * the machine's: rungs are then recorded when their wave is closed.
 */
export class TrialPruner {
  /** Told to pause, at which epoch, and not there yet: one whose process dies before is told so again. */
  private readonly leaving = new Map<number, number>();

  constructor(
    private readonly pruner: Pruner,
    private readonly epochs: number,
    private readonly costs: readonly CostName[],
    private readonly waves: boolean,
    /** What students are compared by, beside their costs. */
    private readonly by: 'accuracy' | 'loss',
  ) {}

  /** A rung of a running trial. */
  onRung(trial: Trial, rung: Rung): PrunerDecision {
    if (trial.origin === 'baseline' || !Number.isFinite(this.errorOf(rung))) return 'continue';
    if (this.leaving.get(trial.number) === rung.epoch) return 'pause';
    const report = this.reportOf(trial, rung);
    const decision = rung.epoch < this.epochs ? this.pruner.decide(report) : 'continue';
    if (!this.waves) this.pruner.record(report);
    if (decision === 'pause') this.leaving.set(trial.number, rung.epoch);
    return decision;
  }

  /** Whether a trial may stop after this epoch, at the latest its last one. */
  mayStop({ number, origin }: Pick<Trial, 'number' | 'origin'>, epoch: number): boolean {
    return epoch >= this.epochs || (origin !== 'baseline' && this.pruner.mayStop(number, epoch));
  }

  /** A trial that ended or paused: in this run, in a wave that was closed, or before a resume. */
  onStop(trial: Trial): void {
    this.leaving.delete(trial.number);
    if (trial.origin === 'baseline' || trial.state === 'FAILED') return;
    for (const rung of trial.rungs) {
      if (Number.isFinite(this.errorOf(rung))) this.pruner.record(this.reportOf(trial, rung));
    }
    if (trial.state === 'PAUSED') this.pruner.waiting?.enter(placeOf(trial));
  }

  /** A trial that waited runs again, or is given up. */
  onLeave(trial: Trial): void {
    this.pruner.waiting?.leave(placeOf(trial));
  }

  /** The number of the trial that may go on. @param last no further trial will ever report */
  next(last: boolean): number | undefined {
    return this.pruner.waiting?.next(last)?.trial;
  }

  /** What is low where a student is good; decisions compare it within one epoch only. */
  private errorOf({ metrics }: Rung): number {
    return this.by === 'loss' ? metrics.train_loss : 1 - metrics.accuracy;
  }

  private reportOf(trial: Trial, rung: Rung): RungReport {
    return {
      trial: trial.number,
      epoch: rung.epoch,
      objectives: [this.errorOf(rung), ...this.costs.map((cost) => scaledCost(trial.costs, cost))],
    };
  }
}

function placeOf(trial: Trial): WaitingTrial {
  return { trial: trial.number, epoch: trial.rungs.at(-1)?.epoch ?? 0 };
}
