import type { TrialState, TrialStore } from '../store/types.js';
import type { LiveEvent, LiveStatus } from './LiveStatus.js';
import { endedTrial, readStatus } from './readStatus.js';

/** While nothing is written, elapsed time and whether the writer lives are looked at again after so long. */
const restMs = 5000;

/**
 * What happens in one study, look by look. Reading takes one short transaction at a time, so that no checkpoint waits
 * for it; where nothing was committed since the last look, nothing is read.
 */
export class StudyFeed {
  private known = new Map<number, TrialState>();
  private rungs = new Map<number, number>();
  private version = NaN;
  private last: LiveStatus | undefined;

  constructor(
    private readonly store: TrialStore,
    readonly study: string,
  ) {}

  /** The last look; the first one if there was none yet. @throws NasDistillError NOT_FOUND */
  get status(): LiveStatus {
    if (this.last === undefined) this.look();
    if (this.last === undefined) throw new Error('a look leaves a status');
    return this.last;
  }

  /**
   * Looks again; what is new since the last look, oldest first, and then the status. Empty if nothing changed.
   * The first look knows nothing older: its only event is the status.
   * @throws NasDistillError NOT_FOUND once the study is deleted
   */
  look(now: number = Date.now()): LiveEvent[] {
    const version = this.store.version();
    if (version === this.version && this.last !== undefined && now - this.last.now < restMs) return [];
    const first = this.last === undefined;
    const status = readStatus(this.store, this.study, now);
    const events: LiveEvent[] = version === this.version ? [] : this.changes(status);
    this.version = version;
    this.last = status;
    return [...(first ? [] : events), { event: 'status', data: status }];
  }

  private changes({ cost, workers }: LiveStatus): LiveEvent[] {
    const events: LiveEvent[] = [];
    for (const trial of this.store.trialSummaries(this.study)) {
      if (this.known.get(trial.number) === trial.state) continue;
      this.known.set(trial.number, trial.state);
      if (trial.finishedAt !== null) this.rungs.delete(trial.number);
      events.push({ event: 'trial', data: endedTrial(trial, cost) });
    }
    for (const worker of workers) {
      if (worker.trial === null || worker.epoch <= (this.rungs.get(worker.trial) ?? 0)) continue;
      this.rungs.set(worker.trial, worker.epoch);
      events.push({ event: 'rung', data: worker });
    }
    return events;
  }
}
