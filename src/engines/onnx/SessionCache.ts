import type { InferenceSession } from 'onnxruntime-node';
import { messageOf, NasDistillError } from '../../core/errors.js';
import { sha256 } from '../../core/digest.js';
import { openSession } from './openSession.js';

interface Entry {
  readonly session: Promise<InferenceSession>;
  users: number;
}

/** Sessions by digest of their model. One that nobody uses stays open until `spare` others were used after it. */
export class SessionCache {
  // A Map keeps insertion order: the first unused entry is the one that was used longest ago.
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly options: InferenceSession.SessionOptions,
    private readonly spare = 4,
  ) {}

  /**
   * `special`: options of this model alone, which must follow from it.
   * @throws NasDistillError ENGINE_FAILED if onnxruntime refuses the model.
   */
  async acquire(
    model: Uint8Array,
    special: InferenceSession.SessionOptions = {},
  ): Promise<{ session: InferenceSession; release: () => void }> {
    const key = sha256(model);
    const options = { ...this.options, ...special };
    const entry = this.entries.get(key) ?? { session: openSession(model, options), users: 0 };
    this.touch(key, entry);
    entry.users++;
    try {
      const session = await entry.session;
      let held = true;
      const release = (): void => {
        if (!held) return;
        held = false;
        entry.users--;
        this.touch(key, entry);
        this.trim(this.spare);
      };
      return { session, release };
    } catch (error) {
      this.entries.delete(key);
      throw new NasDistillError('ENGINE_FAILED', `onnxruntime refused the compiled graph: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  /** Closes every session that nobody uses. */
  close(): void {
    this.trim(0);
  }

  private touch(key: string, entry: Entry): void {
    this.entries.delete(key);
    this.entries.set(key, entry);
  }

  private trim(keep: number): void {
    const idle = [...this.entries].filter(([, e]) => e.users === 0);
    for (const [key, entry] of idle.slice(0, Math.max(0, idle.length - keep))) {
      this.entries.delete(key);
      void entry.session.then((s) => s.release());
    }
  }
}
