import type { CostName } from '../costs/CostModel.js';
import type { Pruner, PrunerDecision, RungReport } from '../pruners/Pruner.js';
import type { Rung, Trial } from '../store/types.js';
import { scaledCost } from './scaledCost.js';

/**
 * The study's pruner between the workers and the store. Baselines always train to their end, as what they are for is to be
 * compared with. Under --deterministic a decision may only depend on earlier waves, as the order of rungs within a wave is
 * the machine's: rungs are then recorded when their wave is closed.
 */
export class TrialPruner {
  constructor(
    private readonly pruner: Pruner,
    private readonly epochs: number,
    private readonly cost: CostName,
    private readonly waves: boolean,
  ) {}

  /** A rung of a running trial. */
  onRung(trial: Trial, rung: Rung): PrunerDecision {
    if (trial.origin === 'baseline' || !Number.isFinite(rung.metrics.accuracy)) return 'continue';
    const report = this.reportOf(trial, rung);
    const decision = rung.epoch < this.epochs ? this.pruner.decide(report) : 'continue';
    if (!this.waves) this.pruner.record(report);
    return decision;
  }

  /** A trial that ended in a closed wave or before a resume. */
  onEnded(trial: Trial): void {
    if (trial.origin === 'baseline' || trial.state === 'FAILED') return;
    for (const rung of trial.rungs) this.pruner.record(this.reportOf(trial, rung));
  }

  private reportOf(trial: Trial, rung: Rung): RungReport {
    return {
      trial: trial.number,
      epoch: rung.epoch,
      objectives: [1 - rung.metrics.accuracy, scaledCost(trial.costs, this.cost)],
    };
  }
}
