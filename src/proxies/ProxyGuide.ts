import { kendallTau } from '../core/kendallTau.js';
import type { Rng } from '../core/rng.js';

/** What the guide needs to know of a candidate. `A` is an architecture. */
export interface GuidedCandidate<A> {
  readonly id: string;
  readonly architecture: A;
  readonly costs: { readonly macs: number; readonly params: number };
}

export interface GuideOptions<A> {
  readonly name: string;
  /** Candidates compared for each trial. */
  readonly candidates: number;
  /** Trained students from which on the proxy is judged. */
  readonly startup: number;
  score(architecture: A): Promise<number | undefined>;
  /** Another architecture near this one that is new and costs no more; undefined if none was found. */
  neighbour(of: GuidedCandidate<A>, rng: Rng): GuidedCandidate<A> | undefined;
  /** Hears whenever the proxy is switched on or off. */
  say(line: string): void;
}

/**
 * Zero-cost proxy inside a search: of a proposal and architectures near it that cost no more, the one that the proxy
 * promises most of is trained. The proxy must earn that: before each choice its Kendall tau over the students told so far is
 * compared with those of MACs and parameters, and while it does not beat them, proposals are left as they are. Which students
 * were told decides alone, so that a resumed search chooses alike.
 */
export class ProxyGuide<A> {
  private readonly told: (GuidedCandidate<A> & { readonly accuracy: number })[] = [];
  private readonly known = new Map<string, Promise<number | undefined>>();
  private on: boolean | undefined;

  constructor(private readonly options: GuideOptions<A>) {}

  /** A student that trained to its end. */
  tell(student: GuidedCandidate<A>, accuracy: number): void {
    this.told.push({ ...student, accuracy });
  }

  /** What is to be trained instead of a proposal; itself, where the proxy is off or knows nothing better. */
  async refine(proposal: GuidedCandidate<A>, rng: Rng): Promise<GuidedCandidate<A>> {
    if (!(await this.isOn())) return proposal;
    let best = proposal;
    let promised = (await this.scoreOf(proposal)) ?? -Infinity;
    const tried = new Set([proposal.id]);
    for (let i = 1; i < this.options.candidates; i++) {
      const next = this.options.neighbour(proposal, rng.fork(i));
      if (next === undefined || tried.has(next.id)) continue;
      tried.add(next.id);
      const score = (await this.scoreOf(next)) ?? -Infinity;
      if (score <= promised) continue;
      best = next;
      promised = score;
    }
    return best;
  }

  private async isOn(): Promise<boolean> {
    const { name, startup, say } = this.options;
    const students = [...this.told];
    if (students.length < startup) return false;
    const scores = await Promise.all(students.map((student) => this.scoreOf(student)));
    const scored = students.flatMap((student, i) => {
      const score = scores[i];
      return score === undefined ? [] : [{ ...student, score }];
    });
    const tauOf = (value: (student: (typeof scored)[number]) => number) =>
      kendallTau(
        scored.map(value),
        scored.map(({ accuracy }) => accuracy),
      );
    const taus = [tauOf((s) => s.score), tauOf((s) => s.costs.macs), tauOf((s) => s.costs.params)];
    const [own, ...costs] = taus.map((tau) => (Number.isFinite(tau) ? tau : 0));
    const on = own > Math.max(0, ...costs);
    if (on !== this.on) {
      const [macs, params] = costs.map((tau) => tau.toFixed(2));
      say(
        `proxy ${name}: ${on ? 'on' : 'off'}, its tau over ${scored.length} students is ${own.toFixed(2)}, that of MACs ${macs}, of parameters ${params}`,
      );
    }
    this.on = on;
    return on;
  }

  private scoreOf({ id, architecture }: GuidedCandidate<A>): Promise<number | undefined> {
    const before = this.known.get(id);
    if (before !== undefined) return before;
    const now = this.options.score(architecture);
    this.known.set(id, now);
    return now;
  }
}
