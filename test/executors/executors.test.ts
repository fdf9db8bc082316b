import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createInlineExecutor } from '../../src/executors/createInlineExecutor.js';
import { createHostExecutor } from '../../src/executors/createHostExecutor.js';
import { createPiscinaExecutor } from '../../src/executors/createPiscinaExecutor.js';
import type { Executor, ExecutorOptions } from '../../src/executors/Executor.js';
import type { Rung } from '../../src/store/types.js';
import { tinyData, tinyJob } from './tinyStudy.js';

const data = tinyData();
const optionsOf = (workers: number): ExecutorOptions => ({ workers, engine: 'onnx', threadsPerWorker: 1, data });

const executors = {
  inline: { create: () => createInlineExecutor(optionsOf(1)) },
  piscina: { create: () => createPiscinaExecutor(optionsOf(2)) },
  host: { create: () => createHostExecutor(optionsOf(2)) },
};

describe.each(Object.entries(executors))('the contract: %s', (_name, { create }) => {
  let executor: Executor;
  beforeAll(async () => {
    executor = await create();
  });
  afterAll(() => executor.close());

  it('trains, streams every rung in order, and repeats a trial bit by bit', async () => {
    const runs = await Promise.all(
      [1, 2, 1].map(async (trial) => {
        const events: (number | Rung)[] = [];
        const outcome = await executor.run(
          { ...tinyJob(trial), watch: [0, 31] },
          {
            onStart: (worker) => void events.push(worker),
            onRung: (rung) => {
              events.push(rung);
              return 'continue';
            },
          },
        );
        return { outcome, events };
      }),
    );
    for (const { outcome, events } of runs) {
      expect(outcome.state).toBe('COMPLETE');
      expect(outcome.metrics.accuracy).toBeGreaterThan(0.9);
      const [worker, ...rungs] = events;
      expect(worker).toBeGreaterThanOrEqual(0);
      expect(worker).toBeLessThan(executor.workers);
      expect(rungs.map((rung) => typeof rung === 'object' && rung.epoch)).toEqual([1, 2, 3]);
      expect(rungs[2]).toMatchObject({ metrics: outcome.metrics });
      // What it answered is what its accuracy was counted from; rows that were asked for are there, right or wrong.
      const { answers } = outcome.state === 'COMPLETE' ? outcome : { answers: undefined };
      expect(answers).toMatchObject({ samples: 32, accuracy: outcome.metrics.accuracy });
      expect(answers?.examples.map(([row]) => row)).toEqual(expect.arrayContaining([0, 31]));
    }
    expect(runs[2].outcome).toEqual(runs[0].outcome);
    expect(runs[1].outcome.metrics.loss).not.toBe(runs[0].outcome.metrics.loss);
  });

  it('prunes on the decision of the main thread, given later', async () => {
    const epochs: number[] = [];
    const outcome = await executor.run(tinyJob(3, 50), {
      onStart: () => undefined,
      onRung: async ({ epoch }) => {
        epochs.push(epoch);
        await new Promise((resolve) => setTimeout(resolve, 5));
        return epoch === 2 ? 'prune' : 'continue';
      },
    });
    expect(outcome.state).toBe('PRUNED');
    expect(epochs).toEqual([1, 2]);
  });

  it('stops on the signal at the next step, and goes on with the next trial', async () => {
    const controller = new AbortController();
    let epochs = 0;
    const outcome = await executor.run(
      tinyJob(4, 100_000),
      {
        onStart: () => undefined,
        onRung: () => {
          if (++epochs === 3) controller.abort();
          return 'continue';
        },
      },
      controller.signal,
    );
    expect(outcome).toMatchObject({ state: 'FAILED', reason: expect.stringContaining('stopped') });
    expect(epochs).toBe(3);
    const next = await executor.run(tinyJob(5, 1), { onStart: () => undefined, onRung: () => 'continue' });
    expect(next.state).toBe('COMPLETE');
  });

  it('makes a fault of the trial an outcome and a fault of a hook a rejection', async () => {
    const job = tinyJob(6);
    const bad = { ...job, training: { ...job.training, losses: [{ loss: 'nonsense', weight: 1 }] } };
    let started = 0;
    const hooks = { onStart: () => void started++, onRung: () => 'continue' as const };
    const outcome = await executor.run(bad, hooks);
    expect(outcome).toMatchObject({ state: 'FAILED', metrics: {}, reason: expect.stringContaining('nonsense') });
    expect(started).toBe(1);
    const full = {
      ...hooks,
      onRung: () => {
        throw new Error('the store is full');
      },
    };
    await expect(executor.run(tinyJob(7), full)).rejects.toThrow('the store is full');
  });
});

describe('piscina', () => {
  it('loses the trial of a worker that dies, says why, and goes on with a fresh one', async () => {
    const file = fileURLToPath(new URL('mortalWorker.mjs', import.meta.url));
    const executor = await createPiscinaExecutor(optionsOf(2), file);
    const workers: number[] = [];
    const run = (trial: number) =>
      executor.run(tinyJob(trial, 1), { onStart: (w) => void workers.push(w), onRung: () => 'continue' });
    const outcomes = await Promise.all([13, 1, 14, 2, 13, 3, 14, 4].map(run));
    await executor.close();
    expect(outcomes.map((outcome) => outcome.state)).toEqual([
      'FAILED',
      'COMPLETE',
      'FAILED',
      'COMPLETE',
      'FAILED',
      'COMPLETE',
      'FAILED',
      'COMPLETE',
    ]);
    expect(outcomes[0].reason).toContain('code: 7');
    expect(outcomes[2].reason).toContain('thrown outside the trial');
    expect(workers).toHaveLength(8);
    expect(Math.max(...workers)).toBeLessThanOrEqual(1);
  });

  it('refuses what cannot work before any trial: no workers, no build, an engine that is missing', async () => {
    await expect(createPiscinaExecutor(optionsOf(0))).rejects.toMatchObject({ code: 'USAGE' });
    await expect(createPiscinaExecutor(optionsOf(1), '/nowhere/worker.js')).rejects.toMatchObject({ code: 'INTERNAL' });
    const missing = createPiscinaExecutor({ ...optionsOf(1), engine: 'webgpu' });
    await expect(missing).rejects.toMatchObject({ code: 'ENGINE_MISSING', hint: expect.any(String) });
  });

  it('keeps the main stdout clean and lets the process end', () => {
    const script = fileURLToPath(new URL('cleanProcess.mjs', import.meta.url));
    const stdout = execFileSync(process.execPath, [script], {
      encoding: 'utf8',
      timeout: 30_000,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    expect(stdout).toBe('COMPLETE\n');
  });
});
