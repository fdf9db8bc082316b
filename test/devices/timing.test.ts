import { expect, test } from 'vitest';
import { silent } from '../../src/core/progress.js';
import { calibrate } from '../../src/devices/calibrate.js';
import { openInference } from '../../src/devices/inferenceModel.js';
import { profileSchema } from '../../src/devices/DeviceProfile.js';
import { timeRuns } from '../../src/devices/timeRuns.js';
import type { OnnxRunner } from '../../src/engines/onnx/openOnnxRunner.js';
import { loadSpace } from '../../src/spaces/loadSpace.js';

/** Keeps the core busy for this many milliseconds of its own time. */
function spin(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test('median and 95th percentile of runs that take a known time', async () => {
  let n = 0;
  const runner: OnnxRunner = {
    run: async () => spin(n++ % 10 === 9 ? 3 : 1),
    release: async () => undefined,
  };
  const { median, p95, runs } = await timeRuns(runner, { wanted: 60 });
  expect(median).toBeGreaterThanOrEqual(1);
  expect(median).toBeLessThan(1.5);
  expect(p95).toBeGreaterThanOrEqual(2.9);
  expect(runs).toBeGreaterThan(20);
});

test('a process that does not hold its core says so', async () => {
  // Waiting looks to the clock as a busy neighbour does: wall time passes, CPU time does not.
  const shared = new Int32Array(new SharedArrayBuffer(4));
  const waiting: OnnxRunner = {
    run: async () => void Atomics.wait(shared, 0, 0, 2),
    release: async () => undefined,
  };
  expect((await timeRuns(waiting, { wanted: 20 })).held).toBeLessThan(0.5);
  const busy: OnnxRunner = { run: async () => spin(1), release: async () => undefined };
  expect((await timeRuns(busy, { wanted: 20 })).held).toBeGreaterThan((await timeRuns(waiting, { wanted: 20 })).held);
});

test('a larger model takes longer than a smaller one, as the exported graph in onnxruntime', async () => {
  const space = loadSpace('mobile-cnn');
  const context = { input: [28, 28, 1], classes: 10 } as const;
  const times = [];
  for (const width of [0.25, 2]) {
    const runner = await openInference(space.baseline(width, context), { threads: 1, batch: 1 });
    times.push((await timeRuns(runner)).median);
    await runner.release();
  }
  expect(times[1]).toBeGreaterThan(2 * times[0]);
});

test('a quick calibration is a valid profile that orders models roughly', { timeout: 120_000 }, async () => {
  const profile = await calibrate({ threads: 1, batch: 1, models: 40 }, silent);
  expect(profileSchema.parse(JSON.parse(JSON.stringify(profile)))).toEqual(profile);
  expect(Object.values(profile.times).every((time) => time >= 0)).toBe(true);
  expect(profile.error.models).toBe(40);
  expect(profile.error.tau).toBeGreaterThan(0.6);
});

test('calibration stops when it is told to', async () => {
  const signal = AbortSignal.abort();
  await expect(calibrate({ threads: 1, batch: 1, models: 40, signal }, silent)).rejects.toMatchObject({
    code: 'INTERRUPTED',
  });
});
