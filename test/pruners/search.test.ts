import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPiscinaExecutor } from '../../src/executors/createPiscinaExecutor.js';
import type { Executor } from '../../src/executors/Executor.js';
import { buildReportData } from '../../src/reports/buildReportData.js';
import type { FinishedTrial } from '../../src/samplers/Sampler.js';
import { candidateBuilder } from '../../src/search/buildCandidates.js';
import { createPruner } from '../../src/search/createPruner.js';
import { createSampler } from '../../src/search/createSampler.js';
import { runSearch } from '../../src/search/runSearch.js';
import { parseStudyConfig } from '../../src/search/StudyConfig.js';
import { trainingOf } from '../../src/search/trainingOf.js';
import { loadSpace } from '../../src/spaces/loadSpace.js';
import { openStore } from '../../src/store/openStore.js';
import { tinyData } from '../executors/tinyStudy.js';

const data = tinyData();
let executor: Executor;
beforeAll(async () => {
  executor = await createPiscinaExecutor({ workers: 2, engine: 'onnx', threadsPerWorker: 1, data });
});
afterAll(() => executor.close());

/** A study on tiny images with real workers and a real store; `stopAfter` trials it is interrupted. */
async function search(store: ReturnType<typeof openStore>, settings: Record<string, unknown>, stopAfter = Infinity) {
  const config = parseStudyConfig({
    ...{ space: 'minimal', trials: 14, epochs: 6, batchSize: 16, baselineWidths: [0.5, 1], workers: 2 },
    ...{ sampler: 'random', pruner: 'moasha', prunerOptions: { reduction: 2 }, ...settings },
  });
  const space = loadSpace('minimal');
  const builder = candidateBuilder(space, { input: [6, 6, 1], classes: 2 }, 'float32');
  const seen = new Set<string>();
  const { sampler, reseed } = createSampler({ config, space, budgets: [], cost: 'bytes', builder, seen });
  const told: FinishedTrial[] = [];
  const pending: string[] = [];
  if (store.study('s') === undefined) store.createStudy({ name: 's', settings: { ...config }, facts: {} });
  const stop = new AbortController();
  let finished = 0;
  const summary = await runSearch({
    study: 's',
    config,
    space,
    store,
    executor,
    sampler: {
      ask: () => sampler.ask(),
      tell: (trial) => {
        told.push(trial);
        sampler.tell(trial);
      },
      pending: (architecture, id) => {
        pending.push(id);
        sampler.pending(architecture, id);
      },
      withdraw: (id) => sampler.withdraw(id),
    },
    pruner: createPruner(config.pruner, config.prunerOptions, config.epochs),
    reseed,
    seen,
    build: builder.build,
    baseline: builder.baseline,
    budgets: [],
    costObjective: 'bytes',
    training: (losses) => trainingOf(config, losses),
    events: { finished: () => void (++finished >= stopAfter && stop.abort()) },
    signal: stop.signal,
  });
  return { summary, told, pending };
}

describe('a search with a pruner and real workers', () => {
  it('stores pruned trials with their metrics, tells the sampler, spares baselines, shows them in the report', async () => {
    const store = openStore(':memory:');
    const { summary, told } = await search(store, {});
    const pruned = summary.trials.filter((trial) => trial.state === 'PRUNED');
    expect(pruned.length).toBeGreaterThan(1);
    for (const trial of pruned) {
      expect(trial.origin).toBe('search');
      // Levels 1, 2 and 4 of six epochs.
      expect([1, 2, 4]).toContain(trial.rungs.length);
      expect(trial.metrics).toEqual(trial.rungs.at(-1)?.metrics);
    }
    const whole = summary.trials.filter((trial) => trial.state === 'COMPLETE');
    expect(whole.every((trial) => trial.rungs.length === 6)).toBe(true);
    expect(whole.filter((trial) => trial.origin === 'baseline')).toHaveLength(2);
    expect(
      told
        .filter((trial) => trial.state === 'PRUNED')
        .map((trial) => trial.id)
        .sort(),
    ).toEqual(pruned.map((trial) => trial.architectureId).sort());
    expect(told.every((trial) => trial.objectives.every(Number.isFinite) && trial.objectives.length === 2)).toBe(true);
    const input = { study: store.study('s') ?? expect.fail('no study'), trials: store.trials('s'), promotions: [] };
    expect(buildReportData(input).counts.PRUNED).toBe(pruned.length);
    store.close();
  });

  it('prunes alike each time under --deterministic with two workers, also after an interruption', async () => {
    const states = async (stopAfter: number) => {
      const store = openStore(':memory:');
      const settings = { deterministic: true, sampler: 'gp' };
      await search(store, settings, stopAfter);
      if (stopAfter < Infinity) await search(store, settings);
      const trials = store.trials('s').map((t) => [t.number, t.state, t.architectureId, t.rungs.length]);
      store.close();
      return trials;
    };
    const straight = await states(Infinity);
    expect(straight.some(([, state]) => state === 'PRUNED')).toBe(true);
    expect(await states(Infinity)).toEqual(straight);
    expect(await states(9)).toEqual(straight);
  });

  it('names to the sampler what an interruption left open, before it tells or asks anything new', async () => {
    const store = openStore(':memory:');
    await search(store, {}, 5);
    const open = store.trials('s').filter((trial) => trial.state === 'WAITING' && trial.origin === 'search');
    expect(open.length).toBeGreaterThan(0);
    const { pending, summary } = await search(store, {});
    expect(pending).toEqual(open.map((trial) => trial.architectureId));
    expect(summary.trials.filter((trial) => trial.origin === 'search')).toHaveLength(14);
    store.close();
  });
});
