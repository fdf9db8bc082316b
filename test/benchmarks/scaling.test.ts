import { describe, expect, it } from 'vitest';
import { sideBySide } from '../../src/benchmarks/runners.js';
import { scalingOf } from '../../src/benchmarks/scalingOf.js';
import { spreadOf } from '../../src/benchmarks/Spread.js';

const member = (...times: number[]) => ({ run: (steps: number) => Promise.resolve(times.slice(0, steps)) });

describe('how many times the work of one worker several do', () => {
  it('adds up what each does in its own time, without waiting for the last one', async () => {
    // 100 and 50 steps a second: 150, that is one in 6.67 ms.
    const { own } = await sideBySide([member(5, 15, 10, 10), member(20, 20, 30, 10)], 4);
    expect(own).toBeCloseTo(20 / 3, 9);
  });

  it('counts wall-clock time until the last one has ended', async () => {
    const slow = { run: async () => [await new Promise<number>((done) => setTimeout(() => done(1), 40))] };
    const { wall, own } = await sideBySide([member(1), slow], 1);
    expect(wall).toBeGreaterThanOrEqual(19);
    expect(own).toBe(0.5);
  });

  it('does not count the first steps after a pause', async () => {
    let step = 0;
    const rested = {
      run: (steps: number) => Promise.resolve(Array.from({ length: steps }, () => (step++ === 0 ? 100 : 4))),
    };
    expect((await sideBySide([rested], 5)).own).toBe(4);
  });

  it('is compared round by round', () => {
    const samples = (...own: number[]) => own.map((ms) => ({ wall: 1000, own: ms }));
    const one = { step: samples(10, 20, 12), forward: samples(4, 4) };
    const two = { step: samples(5, 10, 8), forward: samples(2, 4) };
    expect(scalingOf(one, two)).toEqual({
      step: { median: 2, min: 1.5, max: 2 },
      forward: { median: 1.5, min: 1, max: 2 },
    });
  });

  it('a median of an even number of samples lies between the two in the middle, in whatever order they came', () => {
    expect(spreadOf([4, 1, 10, 2])).toEqual({ median: 3, min: 1, max: 10 });
    expect(spreadOf([10, 9, 100])).toEqual({ median: 10, min: 9, max: 100 });
  });
});
