import { describe, expect, test } from 'vitest';
import { NasDistillError } from '../../src/core/errors.js';
import { hypervolume2d } from '../../src/core/pareto.js';
import { createRng } from '../../src/core/rng.js';
import type { FinishedTrial, SamplerEntry } from '../../src/samplers/Sampler.js';
import { samplers } from '../../src/samplers/registry.js';
import type { Architecture } from '../../src/spaces/SearchSpace.js';
import { feasibleSampler } from '../../src/spaces/feasibility/feasibleSampler.js';
import { loadSpace } from '../../src/spaces/loadSpace.js';
import { countParams } from '../spaces/countParams.js';

const image = { input: [28, 28, 1], classes: 10 } as const;

function study(entry: SamplerEntry, options: { space: string; seed: string; limit?: number; trials?: number }) {
  const space = loadSpace(options.space);
  const bytes = (a: Architecture) => countParams(space.toModelSpec(a, image)).bytes;
  const violation = (a: Architecture) => Math.max(0, bytes(a) - (options.limit ?? Infinity));
  const sampler = entry.create({
    space,
    rng: createRng(options.seed),
    trials: options.trials,
    violation,
    seen: () => false,
    propose: feasibleSampler(space, violation),
  });
  /** A made-up error that falls with every block of stage 2 and width, so that there is something to learn. */
  const finish = (architecture: Architecture): FinishedTrial => {
    const { macs } = countParams(space.toModelSpec(architecture, image));
    const size = bytes(architecture);
    const objectives = [
      1 / Math.log(macs) + (architecture.choices['stage1.block'] === 'separable' ? 0 : 0.02),
      Math.log(size),
    ];
    return {
      architecture,
      id: space.id(architecture),
      state: 'COMPLETE',
      objectives,
      violations: [violation(architecture)],
    };
  };
  return { space, sampler, violation, finish };
}

describe.each(Object.entries<SamplerEntry>(samplers))('sampler %s', (_name, entry) => {
  test('never repeats itself, never leaves the budget, and finds all of a small space before it says so', () => {
    const { space, sampler, finish } = study(entry, { space: 'minimal', seed: 'a', trials: 28 });
    const ids = new Set<string>();
    for (let a = sampler.ask(); a !== undefined; a = sampler.ask()) {
      ids.add(space.id(a));
      sampler.tell(finish(a));
      expect(ids.size).toBeLessThanOrEqual(28);
    }
    expect(ids.size).toBe(28);
    expect(sampler.ask()).toBeUndefined();
  });

  test('keeps to a tight budget, many asked before any is told, failures told', () => {
    const { space, sampler, violation, finish } = study(entry, {
      space: 'mobile-cnn',
      seed: 'b',
      limit: 60_000,
      trials: 40,
    });
    const ids = new Set<string>();
    let open: Architecture[] = [];
    for (let i = 0; i < 60; i++) {
      const a = sampler.ask();
      if (a === undefined) throw new Error('exhausted');
      expect(violation(a)).toBe(0);
      ids.add(space.id(a));
      open.push(a);
      if (open.length === 4) {
        const [failed, ...rest] = open;
        sampler.tell({ ...finish(failed), state: 'FAILED', objectives: [] });
        for (const one of rest) sampler.tell(finish(one));
        open = [];
      }
    }
    expect(ids.size).toBe(60);
  });

  test('the same seed gives the same study, also after a resume that tells the stored trials again', () => {
    const whole = study(entry, { space: 'mobile-cnn', seed: 'c', trials: 40 });
    const trials: FinishedTrial[] = [];
    for (let i = 0; i < 40; i++) {
      const a = whole.sampler.ask();
      if (a === undefined) throw new Error('exhausted');
      trials.push(whole.finish(a));
      whole.sampler.tell(trials[i]);
    }
    const resumed = study(entry, { space: 'mobile-cnn', seed: 'c', trials: 40 });
    for (const trial of trials.slice(0, 25)) resumed.sampler.tell(trial);
    for (let i = 25; i < 40; i++) {
      const a = resumed.sampler.ask();
      expect(a).toEqual(trials[i].architecture);
      resumed.sampler.tell(trials[i]);
    }
    const other = study(entry, { space: 'mobile-cnn', seed: 'd', trials: 40 });
    expect(other.sampler.ask()).not.toEqual(trials[0].architecture);
  });

  test('a resume that names what runs on proposes what an uninterrupted study would have', () => {
    const whole = study(entry, { space: 'mobile-cnn', seed: 'f', trials: 40 });
    const resumed = study(entry, { space: 'mobile-cnn', seed: 'f', trials: 40 });
    const ask = (from: typeof whole) => from.sampler.ask() ?? expect.fail('exhausted');
    const open: Architecture[] = [];
    for (let i = 0; i < 24; i++) {
      open.push(ask(whole));
      if (open.length < 3) continue;
      const trial = whole.finish(open.splice(1, 1)[0]);
      whole.sampler.tell(trial);
      resumed.sampler.tell(trial);
    }
    for (const a of open) resumed.sampler.pending(a, resumed.space.id(a));
    for (let i = 0; i < 3; i++) expect(ask(resumed)).toEqual(ask(whole));
  });

  test('pruned trials, objectives that are all alike and three objectives are no trouble', () => {
    const { space, sampler, finish } = study(entry, { space: 'resnet-convnext', seed: 'g', trials: 40 });
    for (let i = 0; i < 30; i++) {
      const a = sampler.ask() ?? expect.fail('exhausted');
      const { objectives, ...rest } = finish(a);
      const third = Object.keys(a.choices).length;
      sampler.tell({ ...rest, objectives: [1, objectives[1], third], state: i % 3 === 0 ? 'PRUNED' : 'COMPLETE' });
      expect(() => space.validate(a)).not.toThrow();
    }
  });

  test('the first trials all paused, and one of them goes on later', () => {
    const { space, sampler, finish } = study(entry, { space: 'resnet-convnext', seed: 'h', trials: 40 });
    const trials = Array.from({ length: 5 }, () => finish(sampler.ask() ?? expect.fail('exhausted')));
    const paused = (trial: FinishedTrial): FinishedTrial => ({ ...trial, state: 'PRUNED', rungs: [trial.objectives] });
    for (const trial of trials) sampler.tell(paused(trial));
    const [{ objectives }] = trials;
    sampler.tell({ ...trials[0], rungs: [objectives, objectives] });
    for (let i = 0; i < 5; i++) {
      const a = sampler.ask() ?? expect.fail('exhausted');
      expect(() => space.validate(a)).not.toThrow();
      sampler.tell(paused(finish(a)));
    }
  });

  test('nothing fits: says so instead of looping', () => {
    const { sampler } = study(entry, { space: 'mobile-cnn', seed: 'e', limit: 10 });
    expect(sampler.ask()).toBeUndefined();
  });

  test('unknown options are refused', () => {
    const context = { space: loadSpace('minimal'), rng: createRng(1), violation: () => 0, seen: () => false };
    const create = () => entry.create({ ...context, propose: () => undefined }, { nonsense: 1 });
    expect(create).toThrow(NasDistillError);
    expect(create).toThrow(/^sampler\..*nonsense/);
  });
});

describe('better fronts than random search', () => {
  const volume = (entry: SamplerEntry, seed: string) => {
    const { sampler, finish } = study(entry, { space: 'mobile-cnn', seed, trials: 120 });
    const points = Array.from({ length: 120 }, () => {
      const a = sampler.ask();
      if (a === undefined) throw new Error('exhausted');
      const trial = finish(a);
      sampler.tell(trial);
      return trial.objectives;
    });
    return hypervolume2d(points, [0.2, Math.log(3e7)]);
  };
  const seeds = ['1', '2', '3'];
  const mean = (entry: SamplerEntry) => seeds.reduce((sum, s) => sum + volume(entry, s), 0) / seeds.length;
  test.each(['auto', 'local-search', 'motpe', 'nsga2', 'nsga3', 'predictor', 'regularised'] as const)('%s', (name) => {
    expect(mean(samplers[name])).toBeGreaterThan(mean(samplers.random) * 1.02);
  });
});
