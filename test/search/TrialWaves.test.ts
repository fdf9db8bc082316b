import { describe, expect, it } from 'vitest';
import { TrialWaves } from '../../src/search/TrialWaves.js';
import type { Launch, Trial } from '../../src/store/types.js';

const launch = (wave: number, from = 0, ended = true): Launch => ({
  ...{ from, wave, worker: 0, startedAt: 1, endedAt: ended ? 2 : null },
});
const trial = (number: number, state: Trial['state'], launches: Launch[]): Trial => ({
  number,
  origin: 'search',
  state,
  architectureId: `a${number}`,
  architecture: { choices: {} },
  spec: { input: [1, 1, 1], nodes: [], logits: 'input', taps: {} },
  costs: { params: 1, bytes: 4, macs: 1, memory: 4 },
  metrics: {},
  measured: {},
  repeats: [],
  rungs: [1, 2, 3].map((epoch) => ({ epoch, metrics: { accuracy: epoch / 10 }, elapsedMs: epoch })),
  launches,
  reason: null,
  worker: null,
  createdAt: 1,
  startedAt: null,
  finishedAt: state === 'COMPLETE' ? 1 : null,
});
const numbers = (trials: readonly Trial[]) => trials.map((t) => t.number);

describe('TrialWaves', () => {
  it('takes as many launches as there are workers and tells what ended in order of numbers', () => {
    const waves = new TrialWaves(3, []);
    expect([1, 2, 3].map(() => waves.launch())).toEqual([0, 0, 0]);
    expect(waves.full).toBe(true);
    for (const n of [3, 1, 2]) waves.end(trial(n, 'COMPLETE', [launch(0)]));
    expect(numbers(waves.close())).toEqual([1, 2, 3]);
    expect([waves.full, waves.news, waves.launch()]).toEqual([false, false, 1]);
    expect([0, 1].map((wave) => waves.told(wave))).toEqual([true, false]);
  });

  it('holds back what ended or paused in a wave that a kill tore apart, a trial that went on among it', () => {
    const waves = new TrialWaves(4, [
      trial(1, 'COMPLETE', [launch(0)]),
      // Paused in the first wave, went on in the second and paused there again.
      trial(2, 'PAUSED', [launch(0), launch(1, 1)]),
      trial(3, 'COMPLETE', [launch(1)]),
      trial(4, 'WAITING', [launch(1, 0, false)]),
    ]);
    expect([waves.full, waves.news]).toEqual([false, true]);
    expect(waves.launch()).toBe(1);
    expect(waves.full).toBe(true);
    waves.end(trial(5, 'COMPLETE', [launch(1)]));
    waves.end(trial(4, 'COMPLETE', [launch(1)]));
    const told = waves.close();
    expect(numbers(told)).toEqual([2, 3, 4, 5]);
    expect(told[0].state).toBe('PAUSED');
  });

  it('has room for none when the last wave was whole, so that it is closed before anything new', () => {
    const waves = new TrialWaves(2, [trial(1, 'COMPLETE', [launch(0)]), trial(2, 'COMPLETE', [launch(0)])]);
    expect(waves.full).toBe(true);
    expect(numbers(waves.close())).toEqual([1, 2]);
    expect(waves.full).toBe(false);
  });
});
