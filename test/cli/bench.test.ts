import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { availableCores } from '../../src/core/availableCores.js';
import { runProcess } from './process.js';

const spread = z.strictObject({
  median: z.number().positive(),
  min: z.number().positive(),
  max: z.number().positive(),
});
const report = z.object({
  cores: z.number(),
  nets: z.array(
    z.object({
      net: z.string(),
      batch: z.number(),
      engines: z.array(
        z.object({
          engine: z.string(),
          workers: z.number(),
          step_ms: z.number(),
          forward_ms: z.number(),
          scaling: z.object({ step: spread, forward: spread }).optional(),
        }),
      ),
    }),
  ),
});

const operator = z.strictObject({
  operator: z.string(),
  shapes: z.string().optional(),
  count: z.number(),
  mb: z.number(),
  ms: z.number(),
  side_by_side_ms: z.number(),
});
const profiles = z.object({
  profiles: z.array(
    z.object({
      nodes: z.number(),
      side_by_side: z.strictObject({
        workers: z.number(),
        operators_ms: z.number(),
        side_by_side_ms: z.number(),
        mean_ms: z.number(),
        side_by_side_mean_ms: z.number(),
        operators: z.array(operator),
        shapes: z.array(operator),
      }),
    }),
  ),
});

/** An engine that no machine of this platform has. */
const foreign = process.platform === 'darwin' ? 'onnx:directml' : 'onnx:coreml';

describe('bench engine', () => {
  it('times the asked net on the asked engine, with one worker and with one for each core', async () => {
    const words = ['bench', 'engine', '--engine', 'onnx', '--net', 'vit', '--batch', '2', '--rounds', '1', '--json'];
    const ended = await runProcess(words, 60_000);
    expect(ended.stderr).not.toContain('nas-distill:');
    expect(ended.code).toBe(0);
    const { cores, nets } = report.parse(JSON.parse(ended.stdout));
    expect(nets).toHaveLength(1);
    expect(nets[0]).toMatchObject({ net: 'vit', batch: 2 });
    expect(nets[0].engines.map((e) => e.workers)).toEqual(cores > 1 ? [1, cores] : [1]);
    for (const e of nets[0].engines) expect(e.step_ms).toBeGreaterThan(e.forward_ms / 2);
    expect(nets[0].engines.map((e) => e.scaling !== undefined)).toEqual(cores > 1 ? [false, true] : [false]);
  }, 90_000);

  it("shows no other engine's profile than the one that was asked for", async () => {
    const ended = await runProcess(['bench', 'engine', '--engine-profile', '--engine', 'wasm', '--net', 'vit'], 60_000);
    expect([ended.code, ended.stdout]).toEqual([2, '']);
    expect(ended.stderr).toContain('--engine-profile: engine wasm has no such profile');
  });

  it('shows what operators lose to each other on all cores', async () => {
    const words = ['bench', 'engine', '--engine-profile', '--side-by-side', '--net', 'vit', '--batch', '2', '--json'];
    const ended = await runProcess(words, 60_000);
    if (availableCores() === 1) {
      expect(ended.stderr).toContain('--side-by-side: this process has one core');
      return;
    }
    expect(ended.code).toBe(0);
    const [{ nodes, side_by_side: beside }] = profiles.parse(JSON.parse(ended.stdout)).profiles;
    expect(beside.workers).toBe(availableCores());
    // Means of numbers above zero, of which many have long tails: not half of the medians' sum.
    expect(beside.mean_ms).toBeGreaterThan(beside.operators_ms / 2);
    expect(beside.side_by_side_mean_ms).toBeGreaterThan(beside.side_by_side_ms / 2);
    for (const list of [beside.operators, beside.shapes]) {
      expect(list.reduce((sum, one) => sum + one.count, 0)).toBe(nodes);
      expect(list.reduce((sum, one) => sum + one.ms, 0)).toBeCloseTo(beside.operators_ms, 6);
      expect(list.reduce((sum, one) => sum + one.side_by_side_ms, 0)).toBeCloseTo(beside.side_by_side_ms, 6);
      const lost = list.map((one) => one.side_by_side_ms - one.ms);
      expect(lost).toEqual([...lost].sort((a, b) => b - a));
    }
    // 32 rows of 64 numbers times a square matrix, plus a vector.
    const product = beside.shapes.find(({ shapes }) => shapes === '32x64 64x64 64 -> 32x64');
    expect((product?.mb ?? 0) / (product?.count ?? 1)).toBeCloseTo(4e-6 * (2 * 2048 + 4096 + 64), 6);
  }, 90_000);

  it.each([
    [['--side-by-side'], 2, '--side-by-side is part of a profile'],
    [['--peer', '/nowhere/python'], 2, '--peer /nowhere/python: spawn /nowhere/python ENOENT'],
    [['--peer', process.execPath], 2, `--peer ${process.execPath}: `],
    [['--net', 'vgg'], 2, 'unknown net "vgg"'],
    [['--batch', '0'], 2, '--batch 0 is no batch size'],
    [['--engine', foreign], 4, `engine ${foreign} is not here`],
  ])(
    'refuses %j with one line',
    async (words, code, line) => {
      const ended = await runProcess(['bench', 'engine', ...words], 30_000);
      expect(ended.stderr).toContain(line);
      expect(ended.code).toBe(code);
    },
    40_000,
  );
});
