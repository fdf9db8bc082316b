import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPiscinaExecutor } from '../../src/executors/createPiscinaExecutor.js';
import type { Executor } from '../../src/executors/Executor.js';
import { buildReportData } from '../../src/reports/buildReportData.js';
import type { FinishedTrial } from '../../src/samplers/Sampler.js';
import { candidateBuilder } from '../../src/search/buildCandidates.js';
import { Checkpoints } from '../../src/search/Checkpoints.js';
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

const root = mkdtempSync(join(tmpdir(), 'pausing-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;
/** Of each store the folder of its study's checkpoints. */
const folderOf = new Map<unknown, string>();

/** A study on tiny images with real workers and a real store; `stopAfter` trials it is interrupted. */
async function search(store: ReturnType<typeof openStore>, settings: Record<string, unknown>, stopAfter = Infinity) {
  /** `limit`: bytes of checkpoints. */
  const { limit = 1e9, ...rest } = settings;
  const folder = folderOf.get(store) ?? join(root, String(folders++));
  folderOf.set(store, folder);
  const config = parseStudyConfig({
    ...{ space: 'minimal', trials: 10, epochs: 4, batchSize: 16, baselineWidths: [0.5], workers: 2 },
    ...{ sampler: 'random', pruner: 'moasha', prunerOptions: { reduction: 2 }, ...rest },
  });
  const space = loadSpace('minimal');
  const builder = candidateBuilder(space, { input: [6, 6, 1], classes: 2 }, 'float32');
  const seen = new Set<string>();
  const { sampler, reseed } = createSampler({ config, space, budgets: [], costs: ['bytes'], builder, seen });
  const told: FinishedTrial[] = [];
  const pending: string[] = [];
  const paused: number[] = [];
  const lost: string[] = [];
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
    costs: ['bytes'],
    checkpoints: new Checkpoints(folder, Number(limit)),
    training: (losses) => trainingOf(config, losses),
    events: {
      finished: () => void (++finished >= stopAfter && stop.abort()),
      paused: (trial) => paused.push(trial.number),
      lost: (trial, reason) => lost.push(`${trial.number}: ${reason}`),
    },
    signal: stop.signal,
  });
  return { summary, told, pending, paused, lost, folder };
}

describe('a search with a pruner and real workers', { timeout: 120_000 }, () => {
  it('stores pruned trials with their metrics, tells the sampler, spares baselines, shows them in the report', async () => {
    const store = openStore(':memory:');
    const { summary, told } = await search(store, {});
    const pruned = summary.trials.filter((trial) => trial.state === 'PRUNED');
    expect(pruned.length).toBeGreaterThan(1);
    for (const trial of pruned) {
      expect(trial.origin).toBe('search');
      // Levels 1 and 2 of four epochs.
      expect([1, 2]).toContain(trial.rungs.length);
      expect(trial.metrics).toEqual(trial.rungs.at(-1)?.metrics);
    }
    const whole = summary.trials.filter((trial) => trial.state === 'COMPLETE');
    expect(whole.every((trial) => trial.rungs.length === 4)).toBe(true);
    expect(whole.filter((trial) => trial.origin === 'baseline')).toHaveLength(1);
    // Told as often as it stopped, the last time with what it reached in the end.
    for (const trial of pruned) {
      const heard = told.filter(({ id }) => id === trial.architectureId);
      expect(heard).toHaveLength(trial.launches.length);
      expect(heard.at(-1)?.rungs).toHaveLength(trial.rungs.length);
    }
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
    expect(await states(6)).toEqual(straight);
  });

  it('promotes what paused: it goes on from its checkpoint to the very weights of a training without a pause', async () => {
    const store = openStore(':memory:');
    const settings = { pruner: 'asha', prunerOptions: { reduction: 2 }, trials: 16, epochs: 3, workers: 1 };
    const { summary, paused, lost, folder } = await search(store, settings);
    const promoted = summary.trials.filter((trial) => trial.launches.length > 1);
    // How many depends on which of the two workers is first.
    expect(promoted.length).toBeGreaterThan(1);
    expect(promoted.every((trial) => paused.includes(trial.number))).toBe(true);
    for (const { launches, rungs, trainedMs, startedAt, finishedAt } of promoted) {
      expect(launches[1].from).toBeGreaterThan(0);
      expect(launches[1].startedAt).toBeGreaterThanOrEqual(launches[0].endedAt ?? Infinity);
      // Each epoch was trained once, in its turn; pauses are no training.
      expect(rungs.map(({ epoch }) => epoch)).toEqual(rungs.map((_, i) => i + 1));
      expect(trainedMs).toBe(launches.reduce((sum, l) => sum + (l.endedAt ?? NaN) - l.startedAt, 0));
      expect(trainedMs).toBeLessThanOrEqual((finishedAt ?? 0) - (startedAt ?? 0));
    }
    expect(lost).toEqual([]);
    // Nobody waits any more, and nothing is left behind.
    expect(summary.trials.map(({ state }) => state)).not.toContain('PAUSED');
    expect(readdirSync(folder)).toEqual([]);
    const whole = await search(openStore(':memory:'), { ...settings, pruner: 'none', prunerOptions: {} });
    for (const trial of summary.trials) {
      const other = whole.summary.trials[trial.number - 1];
      expect(trial.rungs.map(({ metrics }) => metrics)).toEqual(
        other.rungs.slice(0, trial.rungs.length).map((r) => r.metrics),
      );
    }
    store.close();
  });

  it('trains anew what is promoted after its checkpoint had to go, and says so', async () => {
    const store = openStore(':memory:');
    const settings = { pruner: 'asha', prunerOptions: { reduction: 2 }, trials: 8, epochs: 3 };
    const first = await search(store, settings);
    const other = openStore(':memory:');
    const { summary, lost } = await search(other, { ...settings, limit: 1, workers: 1 });
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.every((line) => line.endsWith('its checkpoint is gone'))).toBe(true);
    // What was trained twice has its rungs once, and the same ones.
    const byNumber = new Map(first.summary.trials.map((trial) => [trial.number, trial]));
    for (const trial of summary.trials) {
      expect(trial.rungs.map(({ epoch }) => epoch)).toEqual(trial.rungs.map((_, i) => i + 1));
      const shared = Math.min(trial.rungs.length, byNumber.get(trial.number)?.rungs.length ?? 0);
      const metrics = trial.rungs.slice(0, shared).map((r) => r.metrics);
      expect(metrics).toEqual(
        byNumber
          .get(trial.number)
          ?.rungs.slice(0, shared)
          .map((r) => r.metrics),
      );
    }
    store.close();
    other.close();
  });

  it('keeps what paused through an interruption, and goes on with it', async () => {
    // Who goes on depends on which of two workers is quicker: in one study in twenty nobody does who had paused before.
    let wentOn = 0;
    for (let seed = 1; seed <= 6 && wentOn === 0; seed++) {
      const store = openStore(':memory:');
      const settings = { pruner: 'asha', prunerOptions: { reduction: 2 }, trials: 8, epochs: 3, seed };
      const { folder } = await search(store, settings, 2);
      const before = store.trials('s').filter(({ state }) => state === 'PAUSED');
      for (const { number, checkpoint, rungs } of before) {
        expect(rungs).toHaveLength(checkpoint ?? -1);
        expect(existsSync(join(folder, `trial-${number}-${checkpoint}.checkpoint`))).toBe(true);
      }
      const { summary } = await search(store, settings);
      const after = summary.trials.filter(({ number }) => before.some((trial) => trial.number === number));
      for (const { rungs } of after) expect(rungs.map(({ epoch }) => epoch)).toEqual(rungs.map((_, i) => i + 1));
      expect(readdirSync(folder)).toEqual([]);
      wentOn = after.filter(({ launches }) => launches.length > 1).length;
      store.close();
    }
    expect(wentOn).toBeGreaterThan(0);
  });

  it('starts nothing after the deadline, and leaves nobody waiting', async () => {
    const store = openStore(':memory:');
    const settings = { pruner: 'asha', prunerOptions: { reduction: 2 }, trials: 400, epochs: 30, timeMs: 700 };
    const { summary, folder } = await search(store, { ...settings, baselineWidths: [] });
    expect(summary.ended).toBe('time');
    expect(summary.trials.length).toBeLessThan(400);
    const states = new Set(summary.trials.map(({ state }) => state));
    expect([...states].filter((state) => state !== 'COMPLETE' && state !== 'PRUNED')).toEqual([]);
    expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
    const stopped = Math.max(...summary.trials.map(({ launches }) => launches.at(-1)?.startedAt ?? 0));
    expect(stopped - Math.min(...summary.trials.map(({ startedAt }) => startedAt ?? Infinity))).toBeLessThan(10_000);
    store.close();
  });

  it('names to the sampler what an interruption left open, before it tells or asks anything new', async () => {
    const store = openStore(':memory:');
    // None pauses: one that had paused and went on again has been told already.
    const settings = { prunerOptions: { reduction: 2, pause: false } };
    await search(store, settings, 4);
    const open = store.trials('s').filter((trial) => trial.state === 'WAITING' && trial.origin === 'search');
    expect(open.length).toBeGreaterThan(0);
    const { pending, summary } = await search(store, settings);
    expect(pending).toEqual(open.map((trial) => trial.architectureId));
    expect(summary.trials.filter((trial) => trial.origin === 'search')).toHaveLength(10);
    store.close();
  });
});
