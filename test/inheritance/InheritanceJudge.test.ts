import { describe, expect, it } from 'vitest';
import { InheritanceJudge, judgeInheritance, type InheritancePair } from '../../src/inheritance/InheritanceJudge.js';

/** From scratch 1, 2, 3, ...; the rest as given. */
const pairs = (inherited: number[], size: number[]): InheritancePair[] =>
  inherited.map((value, i) => ({ inherited: value, scratch: i + 1, macs: size[i], params: size[i] }));

describe('what inheriting is worth', () => {
  it('is its tau beside those of the size, by hand', () => {
    // Of the 15 pairs of six candidates 14 agree and one does not; of their sizes 12 and 3.
    const verdict = judgeInheritance(pairs([1, 2, 3, 4, 6, 5], [1, 2, 3, 6, 5, 4]));
    expect(verdict.taus.inherited).toBeCloseTo(13 / 15, 12);
    expect(verdict.taus.macs).toBeCloseTo(9 / 15, 12);
    expect(verdict).toMatchObject({ pairs: 6, beats: true });
    expect(judgeInheritance(pairs([1, 2, 3, 4, 6, 5], [1, 2, 3, 4, 6, 5])).beats).toBe(false);
    // Worse than chance does not count as better than a size that is worse still.
    expect(judgeInheritance(pairs([6, 5, 4, 3, 1, 2], [6, 5, 4, 3, 2, 1])).beats).toBe(false);
    expect(judgeInheritance(pairs([1, 2, 3], [3, 2, 1])).beats).toBeNull();
    expect(judgeInheritance(pairs([1, 1, 1, 1, 1, 1], [3, 2, 1, 4, 5, 6])).taus.inherited).toBe(0);
  });

  it('is judged anew with each pair, said when it changes, and switches off', () => {
    const lines: string[] = [];
    const judge = new InheritanceJudge(4, (line) => lines.push(line));
    expect([3, 4, 8, 9].map((trial) => judge.controls(trial))).toEqual([false, true, true, false]);
    expect(new InheritanceJudge(0, () => undefined).controls(4)).toBe(false);
    for (const pair of pairs([6, 5, 4, 3, 2], [1, 2, 3, 4, 5])) judge.tell(pair);
    expect([judge.off, lines.length]).toEqual([false, 0]);
    judge.tell({ inherited: 1, scratch: 6, macs: 6, params: 6 });
    expect(judge.off).toBe(true);
    expect(lines).toEqual([
      'inheritance: off, its tau over 6 candidates that were trained from scratch as well is -1.00, that of MACs 1.00, of parameters 1.00',
    ]);
  });
});
