import type { Rng } from '../core/rng.js';
import type { Architecture } from '../spaces/SearchSpace.js';
import type { SamplerContext } from './Sampler.js';

/** Spaces up to this size are listed when random draws stop finding new architectures. */
const listable = 10_000n;
const tries = 64;

/**
 * What samplers share: never the same architecture twice, always one that fits, never an endless loop; and which proposals
 * are still pending.
 */
export class Proposals {
  private readonly known = new Set<string>();
  private readonly open = new Map<string, Architecture>();
  private small: boolean | undefined;

  constructor(private readonly context: SamplerContext) {}

  /** How many different architectures were proposed or told. */
  get size(): number {
    return this.known.size;
  }

  /** Proposed and not told yet, in the order of their proposals. */
  get pending(): readonly Architecture[] {
    return [...this.open.values()];
  }

  /** A stream of its own for the next proposal. */
  nextRng(): Rng {
    return this.context.rng.fork(`ask/${this.known.size}`);
  }

  isNew(id: string): boolean {
    return !this.known.has(id) && !this.context.seen(id);
  }

  /** Notes an architecture as proposed. */
  propose(architecture: Architecture, id: string): void {
    this.known.add(id);
    this.open.set(id, architecture);
  }

  /** Forgets a proposal that nobody trains. */
  withdraw(id: string): void {
    this.known.delete(id);
    this.open.delete(id);
  }

  /** Notes an architecture as ended. */
  end(id: string): void {
    this.known.add(id);
    this.open.delete(id);
  }

  /** Returns the architecture noted as proposed if it is new and fits. */
  accept(architecture: Architecture): Architecture | undefined {
    const id = this.context.space.id(architecture);
    if (!this.isNew(id) || this.context.violation(architecture) > 0) return undefined;
    this.propose(architecture, id);
    return architecture;
  }

  /** A random new architecture that fits; undefined when none is found: the space is exhausted. */
  random(rng: Rng): Architecture | undefined {
    let repeats = 0;
    for (let i = 0; i < tries; i++) {
      const architecture = this.context.propose(rng);
      if (architecture === undefined) break;
      const accepted = this.accept(architecture);
      if (accepted !== undefined) return accepted;
      if (++repeats >= 8 && this.isSmall()) break;
    }
    if (!this.isSmall()) return undefined;
    const left = [...this.context.space.enumerate()].filter(
      (a) => this.isNew(this.context.space.id(a)) && this.context.violation(a) === 0,
    );
    return left.length === 0 ? undefined : this.accept(rng.pick(left));
  }

  private isSmall(): boolean {
    this.small ??= this.context.space.count() <= listable;
    return this.small;
  }
}
