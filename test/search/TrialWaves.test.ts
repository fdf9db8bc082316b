import { describe, expect, it } from 'vitest';
import { TrialWaves } from '../../src/search/TrialWaves.js';
import type { Trial } from '../../src/store/types.js';

const trial = (number: number, ended: boolean): Trial => ({
  number,
  origin: 'search',
  state: ended ? 'COMPLETE' : 'WAITING',
  architectureId: `a${number}`,
  architecture: { choices: {} },
  spec: { input: [1, 1, 1], nodes: [], logits: 'input', taps: {} },
  costs: { params: 1, bytes: 4, macs: 1, memory: 4 },
  metrics: {},
  measured: {},
  repeats: [],
  rungs: [],
  reason: null,
  worker: null,
  createdAt: 1,
  startedAt: null,
  finishedAt: ended ? 1 : null,
});
const numbers = (trials: readonly Trial[]) => trials.map((t) => t.number);

describe('TrialWaves', () => {
  it('counts waves by trial numbers and tells each in order of numbers', () => {
    const waves = new TrialWaves(3, []);
    expect([1, 2, 3, 4].map((n) => waves.holds(n))).toEqual([true, true, true, false]);
    for (const n of [3, 1, 2]) waves.end(trial(n, true));
    expect(numbers(waves.close(4))).toEqual([1, 2, 3]);
    expect(waves.holds(4)).toBe(true);
    expect(waves.told(3)).toBe(true);
  });

  it('holds back what ended in a wave that a kill tore apart', () => {
    const waves = new TrialWaves(3, [trial(1, true), trial(2, true), trial(3, true), trial(4, false), trial(5, true)]);
    expect([1, 3, 4, 5].map((n) => waves.told(n))).toEqual([true, true, false, false]);
    expect([4, 6, 7].map((n) => waves.holds(n))).toEqual([true, true, false]);
    waves.end(trial(6, true));
    waves.end(trial(4, true));
    expect(numbers(waves.close(7))).toEqual([4, 5, 6]);
  });

  it('opens the wave after the last whole one when all have ended', () => {
    const waves = new TrialWaves(2, [trial(1, true), trial(2, true)]);
    expect(waves.told(2)).toBe(true);
    expect(waves.holds(3)).toBe(true);
  });
});
