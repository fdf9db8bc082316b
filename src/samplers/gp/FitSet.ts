import { dominates } from '../../core/pareto.js';
import type { Architecture } from '../../spaces/SearchSpace.js';
import type { FinishedTrial } from '../Sampler.js';
import { LearningCurves } from '../LearningCurves.js';
import type { Codes } from './ArchitectureKernel.js';

export interface Observation {
  /** Of the architecture. */
  readonly id: string;
  readonly architecture: Architecture;
  readonly codes: Codes;
  readonly objectives: readonly number[];
  /** False for pruned trials: good enough to learn from, but no point of a front. */
  readonly complete: boolean;
  /** By objective: how far off it may be, beside the noise of training, as it was not trained to its end. */
  readonly variances?: readonly number[];
  /** Epochs that it trained, where that is known. */
  readonly epochs: number;
}

/** The observations that a model is fitted to: all of them while they are few, then a bounded choice, in O(front) a trial. */
export class FitSet {
  private readonly first: Observation[] = [];
  private recent: Observation[] = [];
  private best: Observation[] = [];
  private readonly curves = new LearningCurves();
  private told = 0;
  /** Trials that did not end their training. */
  private readonly paused = new Set<string>();
  /** Best and worst value of each objective among the complete ones. */
  private readonly ideal: number[] = [];
  private readonly worst: number[] = [];

  constructor(private readonly limit: number) {}

  /** How many observations were added. */
  get count(): number {
    return this.told;
  }

  /**
   * The corner of the hypervolume: a fifth of the range worse than the worst so far, so that what lies beyond everything seen
   * (the most accurate student costs more than any yet) is worth a proposal, too.
   */
  get reference(): number[] {
    return this.worst.map((w, m) => w + 0.2 * (w - this.ideal[m]));
  }

  /** Complete observations that no other dominates. */
  get front(): readonly Observation[] {
    return this.best;
  }

  /** @returns what is learnt from it now: a pruned trial with what it would have reached; undefined if nothing */
  add(trial: FinishedTrial, codes: Codes): Observation | undefined {
    const { architecture, objectives } = trial;
    const observation: Observation = {
      id: trial.id,
      architecture,
      codes,
      objectives,
      complete: trial.state === 'COMPLETE',
      epochs: trial.rungs?.length ?? 0,
    };
    this.curves.note(trial);
    if (!this.replace(observation)) {
      this.told++;
      if (this.first.length < this.limit / 4) this.first.push(observation);
      else this.recent.push(observation);
    }
    // Twice the limit before it is cut: the copy is paid once in many trials.
    if (this.recent.length > 2 * this.limit) this.recent = this.recent.slice(-this.limit);
    if (!observation.complete) return this.learnt(observation);
    objectives.forEach((value, m) => {
      this.ideal[m] = Math.min(this.ideal[m] ?? Infinity, value);
      this.worst[m] = Math.max(this.worst[m] ?? -Infinity, value);
    });
    if (this.best.some((o) => !differs(o, objectives) || dominates(o.objectives, objectives))) return observation;
    this.best = [...this.best.filter((o) => !dominates(objectives, o.objectives)), observation];
    return observation;
  }

  /** A trial that paused went further: takes the place of what was known of it. */
  private replace(observation: Observation): boolean {
    if (!this.paused.has(observation.id)) {
      if (!observation.complete) this.paused.add(observation.id);
      return false;
    }
    if (observation.complete) this.paused.delete(observation.id);
    for (const list of [this.first, this.recent]) {
      const at = list.findIndex(({ id }) => id === observation.id);
      if (at >= 0) list[at] = observation;
    }
    return true;
  }

  /** The first quarter, up to half along the front, and the newest of the rest; pruned ones with what they would have reached. */
  chosen(): readonly Observation[] {
    return this.selected().flatMap((o) => this.learnt(o) ?? []);
  }

  private learnt(o: Observation): Observation | undefined {
    if (o.complete) return o;
    const expected = this.curves.expected(o.objectives, o.epochs);
    return expected && { ...o, ...expected };
  }

  private selected(): readonly Observation[] {
    const chosen = new Set(this.first);
    if (this.told <= this.limit) return [...this.first, ...this.recent];
    for (const o of spread(this.best, Math.floor(this.limit / 2))) chosen.add(o);
    for (let i = this.recent.length - 1; i >= 0 && chosen.size < this.limit; i--) chosen.add(this.recent[i]);
    return [...chosen];
  }
}

function differs(o: Observation, objectives: readonly number[]): boolean {
  return objectives.some((value, m) => value !== o.objectives[m]);
}

/** At most `count` of the front, evenly along its first objective, its ends among them. */
export function spread(front: readonly Observation[], count: number): readonly Observation[] {
  if (front.length <= count) return front;
  const sorted = [...front].sort((a, b) => a.objectives[0] - b.objectives[0]);
  return Array.from({ length: count }, (_, i) => sorted[Math.round((i * (front.length - 1)) / (count - 1))]);
}
