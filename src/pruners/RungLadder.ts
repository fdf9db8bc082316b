import type { RungReport } from './Pruner.js';

/** Everything recorded at each level of a ladder of epochs: grace, grace * eta, grace * eta², ... below the last epoch. */
export class RungLadder {
  readonly levels: readonly number[];
  private readonly records = new Map<number, RungReport[]>();

  constructor(grace: number, eta: number, epochs: number) {
    const levels: number[] = [];
    // Rounded up, so that a level is a whole epoch; rounding may make two of them one.
    for (let level = grace; Math.ceil(level) < epochs; level *= eta) {
      if (levels.at(-1) !== Math.ceil(level)) levels.push(Math.ceil(level));
    }
    this.levels = levels;
  }

  isLevel(epoch: number): boolean {
    return this.levels.includes(epoch);
  }

  record(report: RungReport): void {
    if (!this.isLevel(report.epoch)) return;
    const list = this.records.get(report.epoch);
    if (list === undefined) this.records.set(report.epoch, [report]);
    else if (!list.some((r) => r.trial === report.trial)) list.push(report);
  }

  /** What others reached at this level, by trial. */
  others(report: RungReport): readonly RungReport[] {
    const list = this.records.get(report.epoch) ?? [];
    return list.filter((r) => r.trial !== report.trial).sort((a, b) => a.trial - b.trial);
  }
}
