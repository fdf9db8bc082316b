/** Events that a reader has not taken yet; a reader that is this far behind is told the newest state only. */
const longest = 200;

/** Hands every event to every reader; each takes them at its own pace, and none can hold up another. */
export class Subscribers<T> {
  private readonly readers = new Set<Reader<T>>();

  get count(): number {
    return this.readers.size;
  }

  /** Starts with these events. To be left when the reader is gone. */
  join(first: readonly T[]): Reader<T> {
    const reader = new Reader<T>([...first], () => this.readers.delete(reader));
    this.readers.add(reader);
    return reader;
  }

  send(events: readonly T[]): void {
    for (const reader of this.readers) reader.take(events);
  }

  /** Ends every reader's stream. */
  close(): void {
    for (const reader of [...this.readers]) reader.leave();
  }
}

export class Reader<T> {
  private wake: (() => void) | undefined;
  private left = false;

  constructor(
    private waiting: T[],
    private readonly gone: () => void,
  ) {}

  take(events: readonly T[]): void {
    this.waiting.push(...events);
    if (this.waiting.length > longest) this.waiting = this.waiting.slice(-1);
    this.wake?.();
  }

  leave(): void {
    this.left = true;
    this.gone();
    this.wake?.();
  }

  /** The next event; undefined if none came within `ms`, null after the end. */
  async next(ms: number): Promise<T | undefined | null> {
    if (this.waiting.length === 0 && !this.left) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wake = undefined;
    }
    return this.left ? null : this.waiting.shift();
  }
}
