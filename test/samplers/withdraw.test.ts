import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { samplers } from '../../src/samplers/registry.js';
import type { FinishedTrial, SamplerEntry } from '../../src/samplers/Sampler.js';
import { loadSpace } from '../../src/spaces/loadSpace.js';

const space = loadSpace('mobile-cnn');
const entries: [string, SamplerEntry][] = Object.entries(samplers);

describe.each(entries)('%s', (_name, entry) => {
  it('a proposal that was withdrawn counts as never made: it may come again, and what takes its place does not', () => {
    const open = () =>
      entry.create({
        space,
        rng: createRng('study'),
        trials: 20,
        violation: () => 0,
        seen: () => false,
        known: () => [undefined, 1],
        propose: (rng) => space.sample(rng),
      });
    const told = (i: number): FinishedTrial => {
      const architecture = space.sample(createRng(`told/${i}`));
      const objectives = [i / 12, 12 - i];
      return { architecture, id: space.id(architecture), state: 'COMPLETE', objectives, violations: [] };
    };
    const [sampler, other] = [open(), open()];
    for (let i = 0; i < 12; i++) for (const one of [sampler, other]) one.tell(told(i));
    const first = sampler.ask();
    if (first === undefined) throw new Error('nothing was proposed');
    sampler.withdraw(space.id(first));
    expect(sampler.ask()).toEqual(first);
    sampler.withdraw(space.id(first));
    // What a resume does with the stored trial that took the place.
    const instead = space.sample(createRng('instead'));
    sampler.pending(instead, space.id(instead));
    other.pending(instead, space.id(instead));
    expect(sampler.ask()).toEqual(other.ask());
  });
});
