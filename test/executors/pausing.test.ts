import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkpointFile, checkpointOf, readPaused, writePaused } from '../../src/executors/checkpoints.js';
import { createHostExecutor } from '../../src/executors/createHostExecutor.js';
import { createInlineExecutor } from '../../src/executors/createInlineExecutor.js';
import { createPiscinaExecutor } from '../../src/executors/createPiscinaExecutor.js';
import type { Executor, ExecutorOptions, RunOutcome, TrialJob } from '../../src/executors/Executor.js';
import type { StudyData } from '../../src/distillation/TrainingConfig.js';
import { tinyData, tinyJob } from './tinyStudy.js';

const root = mkdtempSync(join(tmpdir(), 'paused-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Shifted and flipped in two views, which the teacher answers alike. */
function augmented(): StudyData {
  const data = tinyData();
  const teacher = data.teacher ?? expect.fail('no teacher');
  const logits = new Float32Array(new SharedArrayBuffer(2 * teacher.logits.byteLength));
  logits.set(teacher.logits);
  logits.set(teacher.logits, teacher.logits.length);
  return {
    ...data,
    augmentation: { shift: 1, flip: true, views: 2, seed: 1 },
    teacher: { ...teacher, views: 2, logits },
  };
}

/** A student with everything that training may remember: noise, batch norm, averaged weights, an optimiser's moments. */
function job(trial: number, dir: string): TrialJob {
  const { spec, ...rest } = tinyJob(trial, 6);
  const [conv, relu, pool, logits] = spec.nodes;
  return {
    ...rest,
    spec: {
      ...spec,
      nodes: [
        conv,
        { name: 'norm', op: 'batch_norm', inputs: ['conv'], momentum: 0.9, epsilon: 1e-3 },
        { ...relu, inputs: ['norm'] },
        pool,
        { name: 'drop', op: 'dropout', inputs: ['pool'], rate: 0.3 },
        { ...logits, inputs: ['drop'] },
      ],
    },
    training: { ...rest.training, schedule: { name: 'warmup-cosine' }, ema: { decay: 0.9 } },
    checkpoints: dir,
  };
}

const options = (workers: number): ExecutorOptions => ({
  ...{ workers, engine: 'onnx', threadsPerWorker: 1, data: augmented() },
});

describe.each([
  ['inline', () => createInlineExecutor(options(1))],
  ['piscina', () => createPiscinaExecutor(options(2))],
  ['host', () => createHostExecutor(options(2))],
])('a trial that pauses: %s', (name, create) => {
  let executor: Executor;
  beforeAll(async () => {
    executor = await create();
  });
  afterAll(() => executor.close());

  /** Runs it until it has trained so many epochs, where it pauses. */
  const until = (work: TrialJob, last: number): Promise<RunOutcome> =>
    executor.run(work, {
      onStart: () => undefined,
      onRung: ({ epoch, elapsedMs }) => {
        times.push(elapsedMs);
        return epoch === last ? 'pause' : 'continue';
      },
    });
  const times: number[] = [];

  it('goes on to the very values of one that never paused, bit for bit', async () => {
    const [straight, broken] = ['straight', 'broken'].map((part) => join(root, `${name}-${part}`));
    expect(await until(job(1, straight), 5)).toMatchObject({ state: 'PAUSED', epoch: 5 });
    times.length = 0;
    const first = await until(job(1, broken), 2);
    expect(first).toMatchObject({ state: 'PAUSED', epoch: 2 });
    expect(first.metrics.accuracy).toBeGreaterThan(0);
    // Another trial on the same worker in between.
    await until(job(2, broken), 1);
    times.pop();
    const resume = { epoch: 2, file: checkpointFile(broken, 1, 2) };
    expect(await until({ ...job(1, broken), resume }, 5)).toMatchObject({ state: 'PAUSED', epoch: 5 });
    // Milliseconds of training go on from where they were.
    expect(times).toHaveLength(5);
    expect([...times].sort((a, b) => a - b)).toEqual(times);

    const [a, b] = [straight, broken].map((dir) => readPaused(checkpointFile(dir, 1, 5)));
    expect(Object.keys(a.state).length).toBeGreaterThan(12);
    expect(Object.keys(b.state).sort()).toEqual(Object.keys(a.state).sort());
    for (const [tensor, { data }] of Object.entries(a.state)) {
      expect(Buffer.from(b.state[tensor].data.buffer).equals(Buffer.from(data.buffer)), tensor).toBe(true);
    }
    const [end, other] = await Promise.all(
      [straight, broken].map((dir) =>
        until({ ...job(1, dir), resume: { epoch: 5, file: checkpointFile(dir, 1, 5) } }, 99),
      ),
    );
    expect(end).toMatchObject({ state: 'COMPLETE' });
    expect(other).toEqual(end);
  });

  it('that has no sound checkpoint fails with the file and what to do', async () => {
    const dir = join(root, `${name}-damaged`);
    await until(job(3, dir), 1);
    const file = checkpointFile(dir, 3, 1);
    const bytes = readFileSync(file);
    bytes[bytes.length - 3] ^= 1;
    writeFileSync(file, bytes);
    const outcome = await until({ ...job(3, dir), resume: { epoch: 1, file } }, 99);
    expect(outcome).toMatchObject({ state: 'FAILED', reason: `checkpoint ${file}: it is damaged or was cut short` });
  });
});

describe('the file of a checkpoint', () => {
  it('gives back every bit, NaN, infinity and whole numbers among them', () => {
    const file = checkpointFile(join(root, 'bits'), 7, 3);
    const state = {
      b: { shape: [2, 2], dtype: 'float32' as const, data: new Float32Array([NaN, -0, Infinity, 1e-45]) },
      a: { shape: [], dtype: 'int32' as const, data: new Int32Array([-5]) },
    };
    writePaused(file, { epoch: 3, elapsedMs: 12.5, metrics: { inherited_from: 2 }, state });
    expect(checkpointOf('trial-7-3.checkpoint')).toEqual({ trial: 7, epoch: 3 });
    expect(checkpointOf('trial-7.weights')).toBeUndefined();
    const read = readPaused(file);
    expect(read).toEqual({ epoch: 3, elapsedMs: 12.5, metrics: { inherited_from: 2 }, state });
    expect(Object.is(read.state.b.data[1], -0)).toBe(true);
    expect(existsSync(file)).toBe(true);
    for (const [text, why] of [
      ['{}\n', 'head'],
      ['', 'head'],
      [readFileSync(file).subarray(0, -1), 'cut short'],
    ] as const) {
      writeFileSync(file, text);
      expect(() => readPaused(file)).toThrow(why);
    }
    rmSync(file);
    expect(() => readPaused(file)).toThrow('missing');
  });
});
