import { NasDistillError, messageOf } from '../core/errors.js';
import type { TrialStore } from '../store/types.js';
import type { LiveEvent } from './LiveStatus.js';
import { listStudies, type ListedStudy } from './listStudies.js';
import { SeveralFeed } from './SeveralFeed.js';
import { StudyFeed } from './StudyFeed.js';
import { Subscribers, type Reader } from './Subscribers.js';

export type PushedEvent =
  | LiveEvent
  | { readonly event: 'studies'; readonly data: readonly ListedStudy[] }
  /** The study was deleted, or the database cannot be read at the moment. */
  | { readonly event: 'gone' | 'fault'; readonly data: string };

interface Watched {
  readonly feed: { look(): LiveEvent[]; now(): PushedEvent };
  readonly subscribers: Subscribers<PushedEvent>;
}

/** Looks at what someone watches, now and then, and at nothing while nobody does. */
export class Feeds {
  private readonly watched = new Map<string, Watched>();
  private readonly index = new Subscribers<PushedEvent>();
  private indexVersion = NaN;
  private indexAt = 0;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  /** @param pauseMs between two looks */
  constructor(
    private readonly store: TrialStore,
    private readonly pauseMs: number,
  ) {}

  get readers(): number {
    return [...this.watched.values()].reduce((sum, { subscribers }) => sum + subscribers.count, this.index.count);
  }

  /** @throws NasDistillError NOT_FOUND */
  joinStudy(name: string): Reader<PushedEvent> {
    return this.join(`study ${name}`, () => {
      const feed = new StudyFeed(this.store, name);
      return { look: () => feed.look(), now: () => ({ event: 'status', data: feed.status }) };
    });
  }

  /** @throws NasDistillError NOT_FOUND */
  joinStudies(names: readonly string[]): Reader<PushedEvent> {
    return this.join(`studies ${JSON.stringify(names)}`, () => {
      const feed = new SeveralFeed(this.store, names);
      return { look: () => feed.look(), now: () => ({ event: 'several', data: feed.statuses }) };
    });
  }

  private join(key: string, open: () => Watched['feed']): Reader<PushedEvent> {
    const watched = this.watched.get(key) ?? { feed: open(), subscribers: new Subscribers<PushedEvent>() };
    // What happened since the last look goes to the others first.
    watched.subscribers.send(watched.feed.look());
    const reader = watched.subscribers.join([watched.feed.now()]);
    this.watched.set(key, watched);
    this.schedule();
    return reader;
  }

  joinIndex(): Reader<PushedEvent> {
    const reader = this.index.join([{ event: 'studies', data: listStudies(this.store) }]);
    this.schedule();
    return reader;
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.index.close();
    for (const { subscribers } of this.watched.values()) subscribers.close();
  }

  private schedule(): void {
    if (this.timer !== undefined || this.closed) return;
    this.timer = setTimeout(
      () => {
        const started = performance.now();
        this.look();
        this.timer = undefined;
        if (this.readers === 0) return;
        // A study of many thousands of trials takes a while to read: at most a tenth of the time goes there.
        this.busyMs = performance.now() - started;
        this.schedule();
      },
      this.pauseMs + 9 * this.busyMs,
    );
  }

  private busyMs = 0;

  private look(): void {
    for (const [name, { feed, subscribers }] of this.watched) {
      if (subscribers.count === 0) {
        this.watched.delete(name);
        continue;
      }
      try {
        subscribers.send(feed.look());
      } catch (error) {
        // Told to the readers, and tried again: a locked database is free again soon.
        const gone = error instanceof NasDistillError && error.code === 'NOT_FOUND';
        subscribers.send([{ event: gone ? 'gone' : 'fault', data: messageOf(error) }]);
      }
    }
    if (this.index.count === 0) return;
    try {
      const version = this.store.version();
      if (version === this.indexVersion && Date.now() - this.indexAt < 5000) return;
      this.indexVersion = version;
      this.indexAt = Date.now();
      this.index.send([{ event: 'studies', data: listStudies(this.store) }]);
    } catch (error) {
      this.index.send([{ event: 'fault', data: messageOf(error) }]);
    }
  }
}
