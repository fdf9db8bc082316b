import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SettingMemory } from '../../src/executors/parallelism/SettingMemory.js';
import { timeSettings } from '../../src/executors/parallelism/timeSettings.js';
import { bestSetting, mostWorkers, workerSettings } from '../../src/executors/parallelism/WorkerSetting.js';
import { tinyJob } from './tinyStudy.js';

const shown = (...given: Parameters<typeof workerSettings>) =>
  workerSettings(...given).map(({ workers, threads }) => `${workers}x${threads}`);

describe('which settings are timed', () => {
  it.each([
    [1, 1, undefined, ['1x1']],
    [2, 2, undefined, ['1x1', '2x1', '1x2']],
    [2, 1, undefined, ['1x1', '1x2']],
    [6, 6, undefined, ['1x1', '6x1', '2x3', '1x6']],
    [16, 16, undefined, ['1x1', '16x1', '8x2', '4x4', '2x8', '1x16']],
    [16, 5, undefined, ['1x1', '5x1', '5x3', '4x4', '2x8', '1x16']],
    [16, 16, 4, ['1x4', '4x4', '2x4']],
    [2, 2, 8, ['1x8']],
  ])('%i cores, at most %i workers, threads %s', (cores, most, threads, expected) => {
    expect(shown(cores, most, threads)).toEqual(expected);
    if (threads !== undefined) return;
    for (const one of workerSettings(cores, most)) expect(one.workers * one.threads).toBeLessThanOrEqual(cores);
  });

  it('memory and the number of trials limit the workers, of which there is always one', () => {
    expect(mostWorkers({ cores: 8, memory: 64e9, trials: 40 })).toBe(8);
    expect(mostWorkers({ cores: 8, memory: 1e9, trials: 40 })).toBe(2);
    expect(mostWorkers({ cores: 8, memory: 64e9, trials: 3 })).toBe(3);
    expect(mostWorkers({ cores: 8, memory: 1e6, trials: 40 })).toBe(1);
  });
});

it('the most steps in a second win; among equals the most workers, then the fewest threads', () => {
  const timed = (list: [number, number, number][]) =>
    list.map(([workers, threads, stepsPerSecond]) => ({ workers, threads, stepsPerSecond }));
  expect(bestSetting(timed([[1, 1, 10], [2, 1, 12], [1, 2, 18]]))).toMatchObject({ workers: 1, threads: 2 }); // prettier-ignore
  expect(bestSetting(timed([[1, 1, 10], [2, 1, 17.2], [1, 2, 18]]))).toMatchObject({ workers: 2, threads: 1 }); // prettier-ignore
  expect(bestSetting(timed([[1, 1, 10], [5, 1, 30], [5, 3, 31], [1, 16, 20]]))).toMatchObject({ workers: 5, threads: 1 }); // prettier-ignore
});

const { spec, training } = tinyJob(1);
const work = { spec, training, batch: 16, classes: 2, mixed: false, teacher: { classes: 2, taps: {} } };

describe('timing', { timeout: 120_000 }, () => {
  it('counts the steps of real workers', async () => {
    const settings = [{ workers: 1, threads: 1 }, { workers: 2, threads: 1 }, { workers: 1, threads: 2 }]; // prettier-ignore
    const { timed } = await timeSettings({ engine: 'onnx', work, settings, cores: 2, memory: 8e9 });
    // The third is left out where two workers do nearly twice the work, or after some seconds.
    expect(timed.map(({ workers, threads }) => ({ workers, threads }))).toEqual(settings.slice(0, timed.length));
    expect(timed.length).toBeGreaterThanOrEqual(2);
    for (const { stepsPerSecond } of timed) expect(stepsPerSecond).toBeGreaterThan(0);
  });

  it('leaves out what memory does not allow', async () => {
    const settings = [{ workers: 1, threads: 1 }, { workers: 2, threads: 1 }]; // prettier-ignore
    const { timed } = await timeSettings({ engine: 'onnx', work, settings, cores: 2, memory: 5e8 });
    expect(timed).toHaveLength(1);
  });

  it('says what the engine cannot do', async () => {
    const wrong = { ...work, training: { ...training, losses: [{ loss: 'no-such-loss', weight: 1 }] } };
    const settings = [{ workers: 1, threads: 1 }];
    await expect(timeSettings({ engine: 'onnx', work: wrong, settings, cores: 2, memory: 8e9 })).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringContaining('no-such-loss') as string,
    });
  });
});

it('what was measured is remembered by its key; a damaged file is measured again', () => {
  const dir = mkdtempSync(join(tmpdir(), 'parallelism-'));
  try {
    const file = join(dir, 'parallelism.json');
    const timed = [{ workers: 2, threads: 1, stepsPerSecond: 12.5 }];
    const memory = new SettingMemory(file);
    expect(memory.get('a')).toBeUndefined();
    memory.put('a', timed);
    memory.put('b', [{ ...timed[0], workers: 4 }]);
    expect(new SettingMemory(file).get('a')).toEqual(timed);
    expect(new SettingMemory(file).get('b')?.[0].workers).toBe(4);
    for (let i = 0; i < 60; i++) memory.put(`more-${i}`, timed);
    expect(memory.get('a')).toBeUndefined();
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, -20));
    expect(memory.get('more-59')).toBeUndefined();
    memory.put('a', timed);
    expect(memory.get('a')).toEqual(timed);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
