import type { Progress, ProgressTask } from '../core/progress.js';
import type { SearchEvents } from '../search/SearchParts.js';
import type { Trial } from '../store/types.js';
import { formatCost } from '../costs/registry.js';
import type { CostName } from '../costs/CostModel.js';

/** Shows a search as it runs: one bar over all epochs of all trials, with the best student so far. */
export class SearchDisplay {
  private task: ProgressTask | undefined;
  private epochsDone = 0;
  private best: Trial | undefined;
  private failed = 0;

  constructor(
    private readonly progress: Progress,
    private readonly epochs: number,
    private readonly cost: CostName,
  ) {}

  /** @param total trials that will be run, baselines included */
  start(total: number): void {
    this.task = this.progress.start('Searching', total * this.epochs);
  }

  /** Hooks for the controller. */
  get events(): SearchEvents {
    return {
      rung: () => {
        this.epochsDone++;
        this.draw();
      },
      finished: (trial) => {
        if (trial.state === 'FAILED') {
          this.failed++;
          this.epochsDone += this.epochs - trial.rungs.length;
          this.progress.warn(`trial ${trial.number} failed: ${trial.reason ?? 'no reason given'}`);
        }
        const accuracy = trial.metrics.accuracy;
        if (trial.state === 'COMPLETE' && (this.best === undefined || accuracy > this.best.metrics.accuracy))
          this.best = trial;
        this.draw();
      },
    };
  }

  end(): void {
    this.task?.end(this.note());
  }

  private draw(): void {
    this.task?.update(this.epochsDone, this.note());
  }

  private note(): string {
    const parts = [];
    if (this.best) {
      parts.push(
        `best ${(100 * this.best.metrics.accuracy).toFixed(1)} % at ${formatCost(this.cost, this.best.costs[this.cost])}`,
      );
    }
    if (this.failed > 0) parts.push(`${this.failed} failed`);
    return parts.join(', ');
  }
}
