import type { Progress, ProgressTask } from '../core/progress.js';
import type { SearchEvents } from '../search/SearchParts.js';
import { messageOf } from '../core/errors.js';
import { readStatus } from '../dashboard/readStatus.js';
import type { Trial, TrialStore } from '../store/types.js';
import { formatCost } from '../costs/registry.js';
import type { CostName } from '../costs/CostModel.js';
import { liveBlock } from './describeLive.js';
import { LiveBlock } from './LiveBlock.js';
import { paintFor } from './terminalText.js';

/** Between two drawings of the block; more where reading the study takes long: a twenty-fifth of the time at most. */
const [leastMs, share] = [500, 25];

/**
 * Shows a search as it runs: on a terminal the block that `watch` shows too; elsewhere a line now and then over all
 * epochs of all trials, with the best student so far.
 */
export class SearchDisplay {
  private task: ProgressTask | undefined;
  private epochsDone = 0;
  private best: Trial | undefined;
  private failed = 0;
  /** Epochs of each trial that are among those. */
  private readonly epochsOf = new Map<number, number>();
  private block: LiveBlock | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly progress: Progress,
    private readonly epochs: number,
    private readonly cost: CostName,
    private readonly source: { readonly store: TrialStore; readonly study: string },
  ) {}

  /** @param total trials that will be run, baselines included */
  start(total: number): void {
    if (LiveBlock.fits(process.stderr)) {
      this.block = new LiveBlock(process.stderr);
      LiveBlock.shown = this.block;
      this.redraw();
      return;
    }
    this.task = this.progress.start('Searching', total * this.epochs);
  }

  /** Hooks for the controller. */
  get events(): SearchEvents {
    return {
      rung: (trial) => {
        this.epochsDone++;
        this.epochsOf.set(trial.number, (this.epochsOf.get(trial.number) ?? 0) + 1);
        this.draw();
      },
      lost: (trial, reason, epochs) => {
        const counted = this.epochsOf.get(trial.number) ?? 0;
        // Those of an earlier run of the search were never counted.
        const lost = Math.min(epochs, counted);
        this.epochsDone -= lost;
        this.epochsOf.set(trial.number, counted - lost);
        this.progress.warn(`trial ${trial.number} runs again: ${reason}`);
      },
      finished: (trial) => {
        // What it will not train is done, too.
        this.epochsDone += this.epochs - trial.rungs.length;
        if (trial.state === 'FAILED') {
          this.failed++;
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
    this.stop();
    this.task?.end(this.note());
  }

  /** Takes the block away; also after a fault, since what is said next would be drawn over. */
  stop(): void {
    clearTimeout(this.timer);
    this.block?.clear();
    this.block = LiveBlock.shown = undefined;
  }

  private redraw(): void {
    const { block } = this;
    if (block === undefined) return;
    const started = performance.now();
    try {
      const status = readStatus(this.source.store, this.source.study);
      block.draw(liveBlock(status, block.columns, paintFor(process.stderr)));
    } catch (error) {
      // A search goes on without its display.
      this.stop();
      this.progress.warn(`progress is no longer shown: ${messageOf(error)}`);
      return;
    }
    this.timer = setTimeout(() => this.redraw(), Math.max(leastMs, share * (performance.now() - started)));
    this.timer.unref();
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
