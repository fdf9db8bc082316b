import type { TrialStore } from '../store/types.js';
import type { LiveEvent, LiveStatus } from './LiveStatus.js';
import { StudyFeed } from './StudyFeed.js';

/** What happens in several studies that are shown beside each other: how all of them are, whenever one of them changed. */
export class SeveralFeed {
  private readonly feeds: readonly StudyFeed[];

  constructor(store: TrialStore, studies: readonly string[]) {
    this.feeds = studies.map((study) => new StudyFeed(store, study));
  }

  /** In the order in which they are named. @throws NasDistillError NOT_FOUND */
  get statuses(): LiveStatus[] {
    return this.feeds.map((feed) => feed.status);
  }

  /** @throws NasDistillError NOT_FOUND once one of the studies is deleted */
  look(): LiveEvent[] {
    const changed = this.feeds.filter((feed) => feed.look().length > 0).length;
    return changed === 0 ? [] : [{ event: 'several', data: this.statuses }];
  }
}
