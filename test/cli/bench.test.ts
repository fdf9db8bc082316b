import { describe, expect, it } from 'vitest';
import { z } from 'zod';
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

  it.each([
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
