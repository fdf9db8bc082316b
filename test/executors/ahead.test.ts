import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { createHostExecutor } from '../../src/executors/createHostExecutor.js';
import { createPiscinaExecutor } from '../../src/executors/createPiscinaExecutor.js';
import type {
  Executor,
  ExecutorOptions,
  RunHooks,
  RunOutcome,
  RungDecision,
  TrialJob,
} from '../../src/executors/Executor.js';
import { Places } from '../../src/executors/Places.js';
import { tinyData, tinyJob } from './tinyStudy.js';

const data = tinyData();
const options = (workers: number, ahead: number): ExecutorOptions => ({
  ...{ workers, ahead, engine: 'onnx', threadsPerWorker: 1, data },
});
const mortalWorker = fileURLToPath(new URL('mortalWorker.mjs', import.meta.url));
const wildWorker = fileURLToPath(new URL('wildWorker.mjs', import.meta.url));

const root = mkdtempSync(join(tmpdir(), 'ahead-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/**
 * Runs trials on an executor and notes what happens in order: `1 prepared`, `1 trains`, `1 ended`.
 * @param early trials that fail while they are prepared: they are said to start only so that their end can be told
 */
function watched(executor: Executor, early: readonly number[] = []) {
  const events: string[] = [];
  const waiting = new Map<string, () => void>();
  const note = (event: string) => {
    events.push(event);
    waiting.get(event)?.();
  };
  const training = new Set<number>();
  /** Trials with a rung though they do not train. */
  const untimely: number[] = [];
  const run = async (
    job: TrialJob,
    { onRung = () => 'continue', onStart }: Partial<RunHooks> = {},
    signal?: AbortSignal,
  ): Promise<RunOutcome> => {
    const { trial } = job;
    try {
      return await executor.run(
        job,
        {
          onPrepared: () => note(`${trial} prepared`),
          onStart: (place) => {
            if (!early.includes(trial)) training.add(trial);
            most = Math.max(most, training.size);
            note(`${trial} trains`);
            onStart?.(place);
          },
          onRung: (rung) => {
            if (!training.has(trial)) untimely.push(trial);
            return onRung(rung);
          },
          onLost: (deaths) => {
            training.delete(trial);
            note(`${trial} lost ${deaths}`);
          },
        },
        signal,
      );
    } finally {
      training.delete(trial);
      note(`${trial} ended`);
    }
  };
  let most = 0;
  return {
    events,
    untimely,
    run,
    /** Settles once this has happened. */
    when: (event: string) =>
      events.includes(event) ? Promise.resolve() : new Promise<void>((resolve) => waiting.set(event, resolve)),
    before: (a: string, b: string) => {
      expect(events).toContain(a);
      expect(events).toContain(b);
      return events.indexOf(a) < events.indexOf(b);
    },
    /** The most trials that trained at once. */
    most: () => most,
  };
}

/** Waits at its second rung until something has happened. */
const heldUntil = (event: Promise<void>): Partial<RunHooks> => ({
  onRung: async ({ epoch }): Promise<RungDecision> => {
    if (epoch === 2) await event;
    return 'continue';
  },
});

describe.each([
  ['piscina', (workers: number, ahead: number) => createPiscinaExecutor(options(workers, ahead))],
  ['host', (workers: number, ahead: number) => createHostExecutor(options(workers, ahead))],
])('a trial that is prepared ahead: %s', { timeout: 60_000 }, (_name, create) => {
  it('is ready while another one trains, trains only then, and to the same values', async () => {
    const executor = await create(1, 2);
    expect(executor).toMatchObject({ workers: 1, ahead: 2 });
    const { run, when, before, events, untimely } = watched(executor);
    // The first goes on only once the third is ready, for which the second has time enough to train if it does not wait.
    const first = run(tinyJob(1), heldUntil(when('3 prepared')));
    await when('1 trains');
    const second = run(tinyJob(2));
    await when('2 prepared');
    const third = run(tinyJob(3, 1));
    const ahead = await Promise.all([first, second]);
    await third;
    await executor.close();
    expect(before('2 prepared', '1 ended')).toBe(true);
    expect(untimely).toEqual([]);
    expect(events.filter((event) => event.endsWith('trains'))).toEqual(['1 trains', '2 trains', '3 trains']);
    const plain = await create(1, 0);
    const calm = watched(plain);
    expect(await Promise.all([calm.run(tinyJob(1)), calm.run(tinyJob(2))])).toEqual(ahead);
    await plain.close();
    expect(calm.before('1 ended', '2 prepared')).toBe(true);
  });

  it('counts neither towards its milliseconds nor against its time that it waits', async () => {
    const executor = await create(1, 1);
    const { run, when } = watched(executor);
    const waits = 1500;
    const times: number[] = [];
    const held = when('2 prepared').then(() => new Promise<void>((resolve) => setTimeout(resolve, waits)));
    const first = run(tinyJob(1), heldUntil(held));
    await when('1 trains');
    const began = performance.now();
    const second = run(tinyJob(2), {
      onRung: ({ elapsedMs }) => {
        times.push(elapsedMs);
        return 'continue';
      },
    });
    await Promise.all([first, second]);
    const all = performance.now() - began;
    await executor.close();
    expect(times).toHaveLength(3);
    expect(Math.max(...times)).toBeLessThan(all - waits + 1);
  });

  it('does not begin when it is stopped, nor when its time has come, and leaves its place to the next', async () => {
    const executor = await create(1, 2);
    const { run, when, events } = watched(executor);
    const stop = new AbortController();
    const first = run(tinyJob(1), heldUntil(Promise.all([when('2 ended'), when('3 prepared')]).then(() => undefined)));
    await when('1 trains');
    const stopped = run(tinyJob(2), {}, stop.signal);
    const late = run({ ...tinyJob(3), startBy: Date.now() });
    await when('2 prepared');
    stop.abort();
    expect(await stopped).toEqual({ state: 'WAITING', metrics: {} });
    const last = run({ ...tinyJob(4), startBy: Date.now() + 1e6 });
    expect((await first).state).toBe('COMPLETE');
    expect(await late).toEqual({ state: 'WAITING', metrics: {} });
    expect((await last).state).toBe('COMPLETE');
    await executor.close();
    expect(events.filter((event) => event.endsWith('trains'))).toEqual(['1 trains', '4 trains']);
  });
});

describe('places to train', { timeout: 60_000 }, () => {
  it('are given in order, and back once, whoever says it twice', () => {
    const places = new Places(2);
    const taken: string[] = [];
    const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map((name) => places.take((place) => taken.push(name + place)));
    expect(taken).toEqual(['a0', 'b1']);
    c();
    c();
    expect(taken).toEqual(['a0', 'b1']);
    b();
    b();
    expect(taken).toEqual(['a0', 'b1', 'd1']);
    a();
    d();
    places.take((place) => taken.push(`f${place}`));
    d();
    places.take((place) => taken.push(`g${place}`));
    expect(taken).toEqual(['a0', 'b1', 'd1', 'e0', 'f1']);
    e();
    expect(taken.at(-1)).toBe('g0');
  });

  it('never more trials train at once than there are, in the order of the calls, whatever becomes of each', async () => {
    const executor = await createPiscinaExecutor(options(2, 2), mortalWorker);
    const early = [3, 13, 14];
    const { run, when, most, events } = watched(executor, early);
    const places = new Map<number, number>();
    const shared: number[] = [];
    const taken = new Set<number>();
    const at = (trial: number): Partial<RunHooks> => ({
      onStart: (place) => {
        if (early.includes(trial)) return;
        if ([...places.values()].includes(place)) shared.push(trial);
        places.set(trial, place);
        taken.add(place);
      },
    });
    const stop = new AbortController();
    const bad = (trial: number) => {
      const job = tinyJob(trial);
      return { ...job, training: { ...job.training, losses: [{ loss: 'nonsense', weight: 1 }] } };
    };
    const full = new Error('the store is full');
    const works: [number, Promise<string>][] = [];
    const go = (job: TrialJob, hooks: Partial<RunHooks> = {}, signal?: AbortSignal) => {
      const { trial } = job;
      const work = run(job, { ...at(trial), ...hooks }, signal).then(
        ({ state }) => state as string,
        (error: unknown) => (error === full ? 'full' : String(error)),
      );
      works.push([trial, work.finally(() => places.delete(trial))]);
    };
    go(tinyJob(1), { onRung: () => 'prune' });
    go({ ...tinyJob(2), checkpoints: root }, { onRung: () => 'pause' });
    go(tinyJob(13)); // its thread ends
    go(tinyJob(14)); // an error outside of it ends its thread
    go(bad(3));
    go(tinyJob(4, 100_000), { onRung: () => (stop.abort(), 'continue') }, stop.signal);
    go(tinyJob(5), {
      onRung: () => {
        throw full;
      },
    });
    go(tinyJob(6), {
      onStart: () => {
        throw full;
      },
    });
    for (const trial of [7, 8, 9, 10, 11, 12]) go(tinyJob(trial));
    await when('12 ended');
    const ended = await Promise.all(works.map(async ([trial, work]) => [trial, await work]));
    await executor.close();
    expect(Object.fromEntries(ended)).toEqual({
      ...{ 1: 'PRUNED', 2: 'PAUSED', 3: 'FAILED', 4: 'FAILED', 5: 'full', 6: 'full', 13: 'FAILED', 14: 'FAILED' },
      ...{ 7: 'COMPLETE', 8: 'COMPLETE', 9: 'COMPLETE', 10: 'COMPLETE', 11: 'COMPLETE', 12: 'COMPLETE' },
    });
    expect(shared).toEqual([]);
    expect(most()).toBe(2);
    expect(taken).toEqual(new Set([0, 1]));
    const turns = events.filter((event) => event.endsWith('trains')).map((event) => parseInt(event));
    expect(turns.filter((trial) => !early.includes(trial))).toEqual([1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('many more trials than threads come to their turns, some of them stopped while they wait', async () => {
    const executor = await createPiscinaExecutor(options(1, 1));
    const { run, events } = watched(executor);
    const trials = Array.from({ length: 24 }, (_, i) => i + 1);
    const outcomes = await Promise.all(
      trials.map((trial) => {
        const stop = new AbortController();
        if (trial % 5 === 0) setTimeout(() => stop.abort());
        return run(tinyJob(trial, 1), {}, stop.signal);
      }),
    );
    await executor.close();
    const whole = trials.filter((trial) => trial % 5 !== 0);
    expect(outcomes.map(({ state }) => state)).toEqual(trials.map((t) => (t % 5 === 0 ? 'WAITING' : 'COMPLETE')));
    expect(events.filter((event) => event.endsWith('trains'))).toEqual(whole.map((trial) => `${trial} trains`));
  });

  it('what waits outlives the death of the process, and begins when its turn comes', async () => {
    const executor = await createHostExecutor(options(1, 1), wildWorker);
    const { run, events } = watched(executor);
    const outcomes = await Promise.all([run(tinyJob(13)), run(tinyJob(1)), run(tinyJob(2))]);
    await executor.close();
    expect(outcomes.map(({ state }) => state)).toEqual(['FAILED', 'COMPLETE', 'COMPLETE']);
    expect(outcomes[0].reason).toMatch(/^its process died \(SIGABRT.*\), 2 times with this trial$/);
    expect(events.filter((event) => event === '1 trains')).toHaveLength(1);
  });

  it('a death of the process while a trial is prepared is told at once, and is its second chance', async () => {
    const executor = await createHostExecutor(options(1, 1), wildWorker);
    const { run, when, events } = watched(executor, [13]);
    // The first goes on only once the other has ended the process.
    const outcomes = await Promise.all([run(tinyJob(1), heldUntil(when('13 lost 1'))), run(tinyJob(13))]);
    await executor.close();
    expect(outcomes.map(({ state }) => state)).toEqual(['COMPLETE', 'FAILED']);
    expect(outcomes[1].reason).toMatch(/^its process died \(SIGABRT.*\), 2 times with this trial$/);
    // Either may have done it; the one that is alone then is judged.
    expect(events.filter((event) => event.includes('lost')).sort()).toEqual(['1 lost 1', '13 lost 1']);
    expect(events.indexOf('13 lost 1')).toBeLessThan(events.indexOf('13 trains'));
  });

  it('where memory runs short trials are no longer prepared ahead, and nobody is blamed before', async () => {
    // The worker takes 32 MB every 20 ms for a trial 15, whenever it is there.
    const executor = await createHostExecutor({ ...options(1, 1), memoryLimit: 9e8 }, wildWorker);
    const { run, events, when, most } = watched(executor);
    const outcomes = await Promise.all([
      run(tinyJob(1), heldUntil(when('15 lost 0'))),
      run(tinyJob(15)),
      run(tinyJob(2)),
    ]);
    expect(executor.ahead).toBe(0);
    await executor.close();
    expect(outcomes.map(({ state }) => state)).toEqual(['COMPLETE', 'FAILED', 'COMPLETE']);
    expect(outcomes[1].reason).toMatch(/more than the limit of 0\.90 GB, 2 times with this trial$/);
    expect(most()).toBe(1);
    expect(events.filter((event) => event.includes('lost'))).toEqual(['15 lost 0', '1 lost 0', '15 lost 1']);
  });

  it('the time of a trial counts from its place', async () => {
    // Each takes less than half of the limit; the last one waits for longer than that.
    const [limit, takes] = [5000, 2200];
    const executor = await createHostExecutor({ ...options(1, 2), trialTimeoutMs: limit });
    const { run } = watched(executor);
    const slow: Partial<RunHooks> = {
      onRung: async ({ epoch }): Promise<RungDecision> => {
        if (epoch === 1) await new Promise((resolve) => setTimeout(resolve, takes));
        return 'continue';
      },
    };
    const began = performance.now();
    const outcomes = await Promise.all([1, 2, 3].map((trial) => run(tinyJob(trial), slow)));
    expect(performance.now() - began).toBeGreaterThan(limit);
    expect(outcomes.map(({ state }) => state)).toEqual(['COMPLETE', 'COMPLETE', 'COMPLETE']);
    const long = await run(tinyJob(4, 1_000_000));
    expect(long).toMatchObject({ state: 'FAILED', reason: expect.stringContaining('5 s') as string });
    await executor.close();
  });
});
