import { kendallTau } from '../core/kendallTau.js';

/** A candidate that was trained twice: from its relative's weights and from scratch, as many epochs. */
export interface InheritancePair {
  /** Accuracies. */
  readonly inherited: number;
  readonly scratch: number;
  readonly macs: number;
  readonly params: number;
}

/** How well accuracies after inheriting rank what training from scratch gives, beside what the size says alone. */
export interface InheritanceVerdict {
  readonly pairs: number;
  /** Kendall's tau-b with the accuracies from scratch; 0 where there is none. */
  readonly taus: { readonly inherited: number; readonly macs: number; readonly params: number };
  /** Inheriting ranks better than size does; null while there are too few pairs to say. */
  readonly beats: boolean | null;
}

/** Pairs from which on it is judged. */
export const fewestPairs = 6;

export function judgeInheritance(pairs: readonly InheritancePair[]): InheritanceVerdict {
  const scratch = pairs.map((pair) => pair.scratch);
  const tauOf = (value: (pair: InheritancePair) => number) => {
    const tau = kendallTau(pairs.map(value), scratch);
    return Number.isFinite(tau) ? tau : 0;
  };
  const taus = { inherited: tauOf((p) => p.inherited), macs: tauOf((p) => p.macs), params: tauOf((p) => p.params) };
  const beats = taus.inherited > Math.max(0, taus.macs, taus.params);
  return { pairs: pairs.length, taus, beats: pairs.length < fewestPairs ? null : beats };
}

/** The verdict in a line. */
export function inheritanceLine({ pairs, taus, beats }: InheritanceVerdict): string {
  const { inherited, macs, params } = taus;
  const state = beats === null ? `not judged yet (fewer than ${fewestPairs} pairs)` : beats ? 'on' : 'off';
  return `inheritance: ${state}, its tau over ${pairs} candidates that were trained from scratch as well is ${inherited.toFixed(2)}, that of MACs ${macs.toFixed(2)}, of parameters ${params.toFixed(2)}`;
}

/**
 * Inheritance inside a search must earn its place: every so manieth heir is trained from scratch as well, and where the accuracies
 * of the heirs rank those no better than MACs or parameters do, candidates train from scratch from then on. The pairs told decide
 * alone, so that a resumed search decides alike; once off there are no new pairs, and it stays off.
 */
export class InheritanceJudge {
  private readonly pairs: InheritancePair[] = [];
  private verdict: InheritanceVerdict = judgeInheritance([]);
  private said: boolean | null = null;

  /** @param every 0: no controls, and never switched off @param say hears whenever it is judged otherwise than before */
  constructor(
    private readonly every: number,
    private readonly say: (line: string) => void,
  ) {}

  /** Whether a trial that inherits is trained from scratch, too. */
  controls(trial: number): boolean {
    return this.every > 0 && trial % this.every === 0;
  }

  tell(pair: InheritancePair): void {
    this.pairs.push(pair);
    this.verdict = judgeInheritance(this.pairs);
    const { beats } = this.verdict;
    if (beats === this.said) return;
    this.said = beats;
    this.say(inheritanceLine(this.verdict));
  }

  get off(): boolean {
    return this.verdict.beats === false;
  }
}
