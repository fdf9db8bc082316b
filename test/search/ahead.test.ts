import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHostExecutor } from '../../src/executors/createHostExecutor.js';
import { createPiscinaExecutor } from '../../src/executors/createPiscinaExecutor.js';
import type { Executor, ExecutorOptions } from '../../src/executors/Executor.js';
import { candidateBuilder } from '../../src/search/buildCandidates.js';
import { Checkpoints } from '../../src/search/Checkpoints.js';
import { createPruner } from '../../src/search/createPruner.js';
import { createSampler } from '../../src/search/createSampler.js';
import { runSearch } from '../../src/search/runSearch.js';
import { parseStudyConfig } from '../../src/search/StudyConfig.js';
import { trainingOf } from '../../src/search/trainingOf.js';
import { loadSpace } from '../../src/spaces/loadSpace.js';
import { openStore } from '../../src/store/openStore.js';
import type { Trial, TrialStore } from '../../src/store/types.js';
import { tinyData } from '../executors/tinyStudy.js';

const executors = new Map<string, Executor>();
const executorOf = (workers: number, ahead: number): Executor =>
  executors.get(`${workers}+${ahead}`) ?? expect.fail(`there is no executor ${workers}+${ahead}`);
const options = (workers: number, ahead: number): ExecutorOptions => ({
  ...{ workers, ahead, engine: 'onnx', threadsPerWorker: 1, data: tinyData() },
});
const wildWorker = fileURLToPath(new URL('../executors/wildWorker.mjs', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'asked-ahead-'));
beforeAll(async () => {
  for (const [workers, ahead] of [
    [1, 0],
    [1, 1],
    [2, 0],
    [2, 1],
  ] as const) {
    executors.set(`${workers}+${ahead}`, await createPiscinaExecutor(options(workers, ahead)));
  }
}, 60_000);
afterAll(async () => {
  for (const executor of executors.values()) await executor.close();
  rmSync(root, { recursive: true, force: true });
});

interface Hooks {
  readonly executor: Executor;
  readonly settings?: Record<string, unknown>;
  readonly signal?: AbortSignal;
  /** Awaited before a trial hears what becomes of it after an epoch. */
  readonly hold?: (trial: number, epoch: number) => Promise<void> | undefined;
  readonly happened?: (event: string) => void;
  /** A trial's number as the worker hears it. */
  readonly as?: (trial: number) => number;
}

/** A study on tiny images; notes in order what happens, `ask 2` for the second proposal. */
async function search(store: TrialStore, { executor, settings, signal, hold, happened, as }: Hooks) {
  const config = parseStudyConfig({
    ...{ space: 'minimal', trials: 6, epochs: 3, batchSize: 16, baselineWidths: [], workers: executor.workers },
    ...{ sampler: 'random', pruner: 'none', ...settings },
  });
  const space = loadSpace('minimal');
  const builder = candidateBuilder(space, { input: [6, 6, 1], classes: 2 }, 'float32');
  const seen = new Set<string>();
  const { sampler, reseed } = createSampler({ config, space, budgets: [], costs: ['bytes'], builder, seen });
  if (store.study('s') === undefined) store.createStudy({ name: 's', settings: {}, facts: {} });
  const events: string[] = [];
  const note = (event: string) => {
    events.push(event);
    happened?.(event);
  };
  /** At each proposal: trials told, and epochs of those that run. */
  const known: { told: number; rungs: number[] }[] = [];
  let told = 0;
  const summary = await runSearch({
    ...{ study: 's', config, space, store, reseed, seen, budgets: [], costs: ['bytes'] as const },
    sampler: {
      ...sampler,
      ask: () => {
        const running = store.trials('s').filter(({ state }) => state === 'RUNNING');
        known.push({ told, rungs: running.map(({ rungs }) => rungs.length) });
        note(`ask ${known.length}`);
        return sampler.ask();
      },
      tell: (trial) => {
        told++;
        sampler.tell(trial);
      },
    },
    executor: {
      ...{ workers: executor.workers, ahead: executor.ahead, close: () => executor.close() },
      run: (job, hooks, stop) =>
        executor.run(
          as === undefined ? job : { ...job, trial: as(job.trial) },
          {
            ...hooks,
            onRung: async (rung) => {
              const decision = await hooks.onRung(rung);
              await hold?.(job.trial, rung.epoch);
              return decision;
            },
          },
          stop,
        ),
    },
    pruner: createPruner(config.pruner, config.prunerOptions, config.epochs),
    build: builder.build,
    baseline: builder.baseline,
    checkpoints: new Checkpoints(mkdtempSync(join(root, 'study-')), 1e9),
    training: (recipe) => trainingOf(config, recipe),
    events: {
      prepared: ({ number }) => note(`${number} prepared`),
      started: ({ number }) => note(`${number} trains`),
      finished: ({ number }) => note(`${number} ended`),
      paused: ({ number }) => note(`${number} ended`),
      lost: ({ number }, _, epochs) => note(`${number} lost, ${epochs} epochs`),
    },
    ...(signal === undefined ? {} : { signal }),
  });
  return { summary, events, known };
}

/** Settles when an event has happened. */
function moments() {
  const past = new Set<string>();
  const waiting = new Map<string, () => void>();
  return {
    happened: (event: string) => {
      past.add(event);
      waiting.get(event)?.();
    },
    when: (event: string) =>
      past.has(event) ? Promise.resolve() : new Promise<void>((resolve) => waiting.set(event, resolve)),
  };
}

/** The most trials that trained at once. */
function mostOf(events: readonly string[]): number {
  let [now, most] = [0, 0];
  for (const event of events) {
    if (event.endsWith('trains')) most = Math.max(most, ++now);
    if (event.endsWith('ended')) now--;
  }
  return most;
}

const known = ({ number, architectureId, state, metrics, rungs }: Trial) => ({
  ...{ number, architectureId, state, metrics },
  rungs: rungs.map(({ epoch, metrics: reached }) => ({ epoch, reached })),
});

it('a sampler that fails while others train ends the search after them', async () => {
  const store = openStore(':memory:');
  const happened = (event: string) => {
    if (event === 'ask 3') throw new Error('no more room');
  };
  await expect(search(store, { executor: executorOf(1, 1), happened })).rejects.toThrow('no more room');
  const states = store.trials('s').map(({ state }) => state);
  store.close();
  expect(states).toHaveLength(2);
  expect(states).not.toContain('RUNNING');
}, 60_000);

describe('a search that prepares candidates ahead', { timeout: 60_000 }, () => {
  it('has the next one ready before the last epoch of the one that trains has ended, and asks for none earlier', async () => {
    const store = openStore(':memory:');
    const { happened, when } = moments();
    const trials = 6;
    // Nothing ends before the next one is ready: were it prepared later, the search would never end.
    const hold = (trial: number, epoch: number) =>
      epoch === 3 && trial < trials ? when(`${trial + 1} prepared`) : undefined;
    const { summary, events, known: asked } = await search(store, { executor: executorOf(1, 1), happened, hold });
    for (let trial = 1; trial < trials; trial++) {
      expect(events.indexOf(`${trial + 1} prepared`)).toBeLessThan(events.indexOf(`${trial} ended`));
      expect(events.indexOf(`${trial + 1} trains`)).toBeGreaterThan(events.indexOf(`${trial} ended`));
    }
    expect(mostOf(events)).toBe(1);
    expect(summary.ended).toBe('trials');
    expect(summary.trials.map(({ number, state }) => [number, state])).toEqual(
      Array.from({ length: trials }, (_, i) => [i + 1, 'COMPLETE']),
    );
    expect(new Set(summary.trials.map(({ architectureId }) => architectureId)).size).toBe(trials);
    // All that ended is told by then, and the one that trains has done two of its three epochs.
    expect(asked).toHaveLength(trials);
    expect(asked[0]).toEqual({ told: 0, rungs: [] });
    for (const [i, { told, rungs }] of asked.slice(1).entries()) {
      expect(told).toBe(i);
      expect(rungs).toHaveLength(1);
      expect(rungs[0]).toBeGreaterThanOrEqual(2);
    }
    store.close();
  });

  it('finds what it finds without, where the sampler does not learn; without, it asks when a worker is free', async () => {
    const [plain, ahead] = [openStore(':memory:'), openStore(':memory:')];
    const calm = await search(plain, { executor: executorOf(1, 0) });
    const quick = await search(ahead, { executor: executorOf(1, 1) });
    expect(quick.summary.trials.map(known)).toEqual(calm.summary.trials.map(known));
    expect(calm.known).toEqual(Array.from({ length: 6 }, (_, told) => ({ told, rungs: [] })));
    for (let trial = 1; trial < 6; trial++) {
      expect(calm.events.indexOf(`${trial + 1} prepared`)).toBeGreaterThan(calm.events.indexOf(`${trial} ended`));
    }
    plain.close();
    ahead.close();
  });

  it('keeps within two workers and a budget of trials, pauses and baselines among them', async () => {
    const store = openStore(':memory:');
    const settings = { trials: 12, epochs: 4, baselineWidths: [0.5, 1], pruner: 'moasha' };
    const { summary, events } = await search(store, { executor: executorOf(2, 1), settings });
    expect(mostOf(events)).toBe(2);
    const states = summary.trials.map(({ state }) => state);
    expect(states.every((state) => state === 'COMPLETE' || state === 'PRUNED')).toBe(true);
    expect(states).toContain('PRUNED');
    expect(summary.trials.filter(({ origin }) => origin === 'baseline').map(({ state }) => state)).toEqual([
      'COMPLETE',
      'COMPLETE',
    ]);
    const students = summary.trials.filter(({ origin }) => origin === 'search');
    expect(new Set(students.map(({ architectureId }) => architectureId)).size).toBe(12);
    // Whoever paused and went on trained the rest, and no epoch twice.
    for (const { rungs } of summary.trials) expect(rungs.map(({ epoch }) => epoch)).toEqual(rungs.map((_, i) => i + 1));
    store.close();
  });

  it('does not count as trained what was ready when it was interrupted, and begins with it when it goes on', async () => {
    const store = openStore(':memory:');
    const { happened, when } = moments();
    const stop = new AbortController();
    const hold = (trial: number, epoch: number) =>
      trial === 2 && epoch === 3 ? when('3 prepared').then(() => stop.abort()) : undefined;
    const first = await search(store, { executor: executorOf(1, 1), happened, hold, signal: stop.signal });
    expect(first.summary.ended).toBe('interrupted');
    expect(first.events).not.toContain('3 trains');
    const [one, two, three, ...more] = store.trials('s');
    expect([one, two, three].map(({ state }) => state)).toEqual(['COMPLETE', 'WAITING', 'WAITING']);
    expect(more).toEqual([]);
    expect([two, three].map(({ launches }) => launches.length)).toEqual([1, 0]);
    expect(three).toMatchObject({ startedAt: null, rungs: [] });
    const second = await search(store, { executor: executorOf(1, 1) });
    expect(second.known).toHaveLength(3);
    expect(second.summary.trials.map(({ state }) => state)).toEqual(Array.from({ length: 6 }, () => 'COMPLETE'));
    expect(second.events.filter((event) => event.endsWith('trains'))).toEqual(
      [2, 3, 4, 5, 6].map((trial) => `${trial} trains`),
    );
    const whole = await search(openStore(':memory:'), { executor: executorOf(1, 0) });
    expect(second.summary.trials.map(known)).toEqual(whole.summary.trials.map(known));
    store.close();
  });

  it('begins nothing when the time is over, not even what is ready', async () => {
    const store = openStore(':memory:');
    const { happened, when } = moments();
    const timeMs = 2500;
    const over = new Promise<void>((resolve) => setTimeout(resolve, timeMs + 100));
    const hold = (trial: number, epoch: number) =>
      trial === 1 && epoch === 3 ? when('2 prepared').then(() => over) : undefined;
    const { summary, events } = await search(store, {
      ...{ executor: executorOf(1, 1), happened, hold, settings: { timeMs, trials: 2 } },
    });
    expect(summary.ended).toBe('time');
    expect(events.filter((event) => event.endsWith('trains'))).toEqual(['1 trains']);
    expect(summary.trials.map(({ state, startedAt }) => [state, startedAt === null])).toEqual([
      ['COMPLETE', false],
      ['WAITING', true],
    ]);
    const { summary: later } = await search(store, { executor: executorOf(1, 1), settings: { trials: 2 } });
    expect(later.trials.map(({ state }) => state)).toEqual(['COMPLETE', 'COMPLETE']);
    store.close();
  });

  it('ends with what is ready untrained when too many trials have failed', async () => {
    const store = openStore(':memory:');
    const { happened, when } = moments();
    const settings = { maxConsecutiveFailures: 1, learningRate: 1e30, clipNorm: null, epochs: 1 };
    const events: string[] = [];
    const note = (event: string) => {
      events.push(event);
      happened(event);
    };
    const executor = executorOf(1, 1);
    // The first fails once the second is ready.
    const held: Executor = {
      ...{ workers: 1, ahead: 1, close: () => executor.close() },
      run: async (job, hooks, signal) => {
        const outcome = await executor.run(job, hooks, signal);
        return job.trial === 1 ? { state: 'FAILED', metrics: {}, reason: 'as the test wants' } : outcome;
      },
    };
    const hold = (trial: number) => (trial === 1 ? when('2 prepared') : undefined);
    const ended = search(store, { executor: held, settings, happened: note, hold });
    await expect(ended).rejects.toMatchObject({ code: 'TRIALS_FAILING' });
    expect(store.trials('s').map(({ state }) => state)).toEqual(['FAILED', 'WAITING']);
    expect(events).not.toContain('2 ended');
    store.close();
  });

  it('stores a death of the process while a trial is prepared as one while it trains', async () => {
    const store = openStore(':memory:');
    const executor = await createHostExecutor(options(1, 1), wildWorker);
    const { happened, when } = moments();
    const lost: (Trial | undefined)[] = [];
    const note = (event: string) => {
      if (event.includes('lost')) lost.push(store.trial('s', Number.parseInt(event)));
      happened(event);
    };
    const hold = (trial: number, epoch: number) => (trial === 1 && epoch === 2 ? when('2 lost, 0 epochs') : undefined);
    // The worker aborts its process when it is handed a trial 13.
    const as = (trial: number) => (trial === 2 ? 13 : trial);
    const settings = { trials: 3, epochs: 2 };
    const { summary, events } = await search(store, { executor, settings, happened: note, hold, as });
    await executor.close();
    lost.sort((a, b) => (a?.number ?? 0) - (b?.number ?? 0));
    expect(lost).toMatchObject([
      { number: 1, state: 'WAITING', deaths: 1, rungs: [] },
      { number: 2, state: 'WAITING', deaths: 1, rungs: [], startedAt: null, launches: [] },
    ]);
    const [one, two, ...more] = events.filter((event) => event.includes('lost')).sort();
    // Its second epoch may have ended before the process did.
    expect(one).toMatch(/^1 lost, [12] epochs$/);
    expect([two, ...more]).toEqual(['2 lost, 0 epochs']);
    expect(summary.trials.map(({ state }) => state)).toEqual(['COMPLETE', 'FAILED', 'COMPLETE']);
    expect(summary.trials[1].reason).toMatch(/^its process died \(SIGABRT.*\), 2 times with this trial$/);
    store.close();
  });

  it('prepares nothing ahead in a deterministic study, which is the same as ever', async () => {
    const settings = { deterministic: true, pruner: 'moasha', epochs: 4, trials: 8, sampler: 'nsga2' };
    const found = await Promise.all(
      [executorOf(2, 0), executorOf(2, 1)].map(async (executor) => {
        const { summary, events } = await search(openStore(':memory:'), { executor, settings });
        expect(mostOf(events)).toBeLessThanOrEqual(2);
        return summary.trials.map(known);
      }),
    );
    expect(found[1]).toEqual(found[0]);
  });
});
