import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { schedules } from '../../src/distillation/schedules/registry.js';

const golden = z
  .object({ schedules: z.object({ warmup_cosine: z.object({ values: z.record(z.string(), z.number()) }) }) })
  .parse(JSON.parse(readFileSync('test/goldens/losses.json', 'utf8'))).schedules.warmup_cosine;

describe('schedules', () => {
  it('warmup-cosine follows the reference values', () => {
    const schedule = schedules['warmup-cosine'].create({ learningRate: 0.1, warmup: 0.1 });
    for (const [step, value] of Object.entries(golden.values))
      expect(schedule(Number(step), 100)).toBeCloseTo(value, 10);
  });

  it('warmup-cosine stays finite in a study of one step, and ends at its final value', () => {
    expect(schedules['warmup-cosine'].create({ learningRate: 0.1 })(0, 1)).toBe(0.1);
    const schedule = schedules['warmup-cosine'].create({ learningRate: 0.1, finalLearningRate: 0.02 });
    expect(schedule(200, 100)).toBeCloseTo(0.02, 12);
  });

  it('constant is constant', () => {
    const schedule = schedules.constant.create({ learningRate: 0.3 });
    expect([schedule(0, 9), schedule(8, 9)]).toEqual([0.3, 0.3]);
  });

  it('refuses unknown options', () => {
    expect(() => schedules.constant.create({ lr: 1 })).toThrow(/schedule constant: .*lr/);
  });
});
