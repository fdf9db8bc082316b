import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { sha256 } from '../../src/core/digest.js';
import { StoredFloats } from '../../src/core/StoredFloats.js';
import { createHostExecutor, type HostOptions } from '../../src/executors/createHostExecutor.js';
import type { Executor } from '../../src/executors/Executor.js';
import { tinyData, tinyJob } from './tinyStudy.js';

const wildWorker = fileURLToPath(new URL('wildWorker.mjs', import.meta.url));
const stillbornWorker = fileURLToPath(new URL('stillbornWorker.mjs', import.meta.url));
const options: HostOptions = { workers: 2, engine: 'onnx', threadsPerWorker: 1, data: tinyData() };

async function runAll(executor: Executor, trials: readonly number[], epochs = 2, deaths?: number) {
  const lost: [number, number, string][] = [];
  const starts: number[] = [];
  const outcomes = await Promise.all(
    trials.map((trial) =>
      executor.run(
        { ...tinyJob(trial, epochs), ...(deaths === undefined ? {} : { deaths }) },
        {
          onStart: () => void starts.push(trial),
          onRung: () => 'continue',
          onLost: (count, why) => void lost.push([trial, count, why]),
        },
      ),
    ),
  );
  return { outcomes, lost, starts };
}

it('outlives an abort inside a worker: only the trial that aborts again when it is alone is lost', async () => {
  const calm = await createHostExecutor(options);
  const expected = await runAll(calm, [1, 2, 3]);
  await calm.close();
  const executor = await createHostExecutor(options, wildWorker);
  const { outcomes, lost, starts } = await runAll(executor, [1, 13, 2, 3]);
  await executor.close();
  expect(outcomes[1]).toEqual({
    state: 'FAILED',
    metrics: {},
    reason: expect.stringMatching(/^its process died \(SIGABRT.*\), 2 times with this trial$/) as string,
  });
  // The others, bit by bit what they are without the crash.
  expect([outcomes[0], outcomes[2], outcomes[3]]).toEqual(expected.outcomes);
  expect(lost.filter(([trial]) => trial === 13)).toEqual([[13, 1, expect.stringContaining('SIGABRT')]]);
  expect(starts.filter((trial) => trial === 13)).toHaveLength(2);
}, 60_000);

it('a trial known to have been there when a process died runs alone and has one more chance', async () => {
  const executor = await createHostExecutor(options, wildWorker);
  const { outcomes, starts } = await runAll(executor, [13], 1, 1);
  expect(outcomes[0].state).toBe('FAILED');
  expect(starts).toEqual([13]);
  expect((await runAll(executor, [4])).outcomes[0].state).toBe('COMPLETE');
  await executor.close();
}, 60_000);

it('ends a native call without end at the deadline, and lets the other trial run again without blame', async () => {
  const executor = await createHostExecutor({ ...options, trialTimeoutMs: 2500, graceMs: 300 }, wildWorker);
  const { outcomes, lost } = await runAll(executor, [14, 5]);
  await executor.close();
  expect(outcomes[0]).toMatchObject({ state: 'FAILED', reason: 'it did not end within 2.5 s (--trial-timeout)' });
  expect(outcomes[1].state).toBe('COMPLETE');
  for (const [trial, deaths] of lost) expect([trial, deaths]).toEqual([5, 0]);
}, 60_000);

it('a training that is too long stops at a step, without the end of its process', async () => {
  const executor = await createHostExecutor({ ...options, workers: 1, trialTimeoutMs: 1500 });
  const { outcomes, starts } = await runAll(executor, [6], 1_000_000);
  expect(outcomes[0]).toMatchObject({ state: 'FAILED', reason: expect.stringContaining('1.5 s') as string });
  expect(starts).toEqual([6]);
  await executor.close();
}, 60_000);

it('a trial that takes more memory than the limit is FAILED and says so', async () => {
  const executor = await createHostExecutor({ ...options, memoryLimit: 900e6 }, wildWorker);
  const { outcomes } = await runAll(executor, [7, 15]);
  await executor.close();
  expect(outcomes[0].state).toBe('COMPLETE');
  expect(outcomes[1]).toMatchObject({
    state: 'FAILED',
    reason: expect.stringMatching(/took \d\.\d\d GB, more than the limit of 0\.90 GB/) as string,
  });
}, 60_000);

it('leaves no trial behind that nobody waited for, nor its deadline', async () => {
  const executor = await createHostExecutor({ ...options, trialTimeoutMs: 1e6 });
  let started: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (started = resolve));
  const left = executor.run(tinyJob(1, 100_000), { onStart: () => started(), onRung: () => 'continue' });
  await begun;
  await executor.close();
  expect((await left).state).toBe('FAILED');
}, 60_000);

it('an interruption stops the trials even inside a native call', async () => {
  const executor = await createHostExecutor({ ...options, graceMs: 300 }, wildWorker);
  const controller = new AbortController();
  const outcome = executor.run(
    tinyJob(14),
    { onStart: () => void setTimeout(() => controller.abort(), 100), onRung: () => 'continue' },
    controller.signal,
  );
  expect(await outcome).toMatchObject({ state: 'FAILED', reason: 'training was stopped' });
  await executor.close();
}, 60_000);

it("what lies in files is read again by a process that was started again, though the files are gone, and is refused if it isn't what it was", async () => {
  const dir = mkdtempSync(join(tmpdir(), 'host-'));
  try {
    const { teacher, ...rest } = tinyData();
    if (teacher === undefined) throw new Error('the tiny study has a teacher');
    const file = join(dir, 'logits.bin');
    const bytes = new Uint8Array(teacher.logits.buffer);
    writeFileSync(file, bytes);
    const logits = new StoredFloats(file, teacher.logits.length, sha256(bytes));
    const data = { ...rest, teacher: { ...teacher, logits, taps: {} } };
    const calm = await createHostExecutor(options);
    const expected = await runAll(calm, [1, 2]);
    await calm.close();
    const executor = await createHostExecutor({ ...options, data }, wildWorker);
    rmSync(file);
    // The second life reads what the first one read.
    expect((await runAll(executor, [13], 1, 1)).outcomes[0].state).toBe('FAILED');
    expect((await runAll(executor, [1, 2])).outcomes).toEqual(expected.outcomes);
    await executor.close();
    await expect(createHostExecutor({ ...options, data })).rejects.toMatchObject({
      code: 'CACHE',
      message: `${file} is missing`,
    });
    bytes[1] ^= 1;
    writeFileSync(file, bytes);
    await expect(createHostExecutor({ ...options, data })).rejects.toMatchObject({
      code: 'CACHE',
      message: `${file} is damaged`,
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}, 60_000);

it.each([3, 99])(
  'a process that dies as it starts again, %i times, is started again up to the limit',
  async (times) => {
    const dir = mkdtempSync(join(tmpdir(), 'host-'));
    Object.assign(process.env, { STILLBORN: join(dir, 'left'), STILLBORN_TIMES: String(times) });
    try {
      const executor = await createHostExecutor({ ...options, workers: 1 }, stillbornWorker);
      const trained = runAll(executor, [1]);
      if (times === 3) expect((await trained).outcomes[0].state).toBe('COMPLETE');
      else {
        await expect(trained).rejects.toMatchObject({
          code: 'ENGINE_FAILED',
          message: expect.stringContaining('SIGKILL') as string,
          hint: expect.stringContaining('engine doctor') as string,
        });
      }
      await executor.close();
    } finally {
      delete process.env.STILLBORN;
      delete process.env.STILLBORN_TIMES;
      rmSync(dir, { recursive: true, force: true });
    }
  },
  120_000,
);
