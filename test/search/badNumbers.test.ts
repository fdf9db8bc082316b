import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPiscinaExecutor } from '../../src/executors/createPiscinaExecutor.js';
import type { Executor } from '../../src/executors/Executor.js';
import type { FinishedTrial } from '../../src/samplers/Sampler.js';
import { candidateBuilder } from '../../src/search/buildCandidates.js';
import { createPruner } from '../../src/search/createPruner.js';
import { createSampler } from '../../src/search/createSampler.js';
import { frontOf } from '../../src/search/frontOf.js';
import { runSearch } from '../../src/search/runSearch.js';
import { parseStudyConfig } from '../../src/search/StudyConfig.js';
import { trainingOf } from '../../src/search/trainingOf.js';
import { loadSpace } from '../../src/spaces/loadSpace.js';
import { openStore } from '../../src/store/openStore.js';
import { tinyData } from '../executors/tinyStudy.js';

let executor: Executor;
beforeAll(async () => {
  executor = await createPiscinaExecutor({ workers: 1, engine: 'onnx', threadsPerWorker: 1, data: tinyData() });
});
afterAll(() => executor.close());

/** What trials bring instead of numbers, as a model that overflows on validation does. */
const bad: Readonly<Record<number, Readonly<Record<string, number>>>> = {
  2: { accuracy: NaN },
  4: { accuracy: Infinity },
  5: { loss: -Infinity },
};

it('a trial whose numbers are none fails with the reason; sampler and front never see it', async () => {
  const config = parseStudyConfig({
    ...{ space: 'minimal', trials: 14, epochs: 1, batchSize: 16, baselineWidths: [], workers: 1, sampler: 'gp' },
  });
  const space = loadSpace('minimal');
  const builder = candidateBuilder(space, { input: [6, 6, 1], classes: 2 }, 'float32');
  const seen = new Set<string>();
  const { sampler, reseed } = createSampler({ config, space, budgets: [], costs: ['bytes'], builder, seen });
  const told: FinishedTrial[] = [];
  const store = openStore(':memory:');
  store.createStudy({ name: 's', settings: {}, facts: {} });
  const { trials } = await runSearch({
    ...{ study: 's', config, space, store, reseed, seen, budgets: [], costs: ['bytes'] as const },
    sampler: {
      ask: () => sampler.ask(),
      tell: (trial) => {
        told.push(trial);
        sampler.tell(trial);
      },
      pending: (architecture, id) => sampler.pending(architecture, id),
      withdraw: (id) => sampler.withdraw(id),
    },
    executor: {
      ...{ workers: 1, ahead: 0, close: () => executor.close() },
      run: async (job, hooks, signal) => {
        const outcome = await executor.run(job, hooks, signal);
        return { ...outcome, metrics: { ...outcome.metrics, ...bad[job.trial] } } as typeof outcome;
      },
    },
    pruner: createPruner('none', {}, 1),
    build: builder.build,
    baseline: builder.baseline,
    training: (recipe) => trainingOf(config, recipe),
  });
  expect(trials).toHaveLength(14);
  const reasons = trials.filter(({ state }) => state === 'FAILED').map(({ number, reason }) => [number, reason]);
  expect(reasons).toEqual([
    [2, 'metric accuracy is NaN'],
    [4, 'metric accuracy is Infinity'],
    [5, 'metric loss is -Infinity'],
  ]);
  expect(trials.filter(({ state }) => state === 'COMPLETE')).toHaveLength(11);
  for (const { state, objectives } of told) {
    expect(objectives).toHaveLength(state === 'FAILED' ? 0 : 2);
    expect(objectives.every(Number.isFinite)).toBe(true);
  }
  const front = frontOf(trials, 'bytes').map(({ number }) => number);
  expect(front.length).toBeGreaterThan(0);
  for (const number of Object.keys(bad)) expect(front).not.toContain(Number(number));
  store.close();
});
