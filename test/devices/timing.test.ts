import { expect, test } from 'vitest';
import { silent } from '../../src/core/progress.js';
import { calibrate } from '../../src/devices/calibrate.js';
import { openInference } from '../../src/devices/inferenceModel.js';
import { profileSchema } from '../../src/devices/DeviceProfile.js';
import { timeRuns, type Clock } from '../../src/devices/timeRuns.js';
import type { OnnxRunner } from '../../src/engines/onnx/openOnnxRunner.js';
import { loadSpace } from '../../src/spaces/loadSpace.js';

/** A machine whose clock only runs while models do: each run takes the next of `runs`, [wall, cpu] milliseconds. */
function machine(runs: (n: number) => readonly [wall: number, cpu: number]): { runner: OnnxRunner; clock: Clock } {
  let wall = 0;
  let cpu = 0;
  let n = 0;
  const run = async () => {
    const [w, c] = runs(n++);
    wall += w;
    cpu += c;
  };
  return { runner: { run, release: async () => undefined }, clock: { wall: () => wall, cpu: () => cpu } };
}

test('median and 95th percentile of runs that take a known time', async () => {
  const { runner, clock } = machine((n) => (n % 10 === 9 ? [3, 3] : [1, 1]));
  expect(await timeRuns(runner, { wanted: 300, clock })).toMatchObject({ median: 1, p95: 3, held: 1 });
});

test('groups in which the process lost its core are left out, and how much of it is told', async () => {
  // Every third run waits 4 ms for a core that others have.
  const { runner, clock } = machine((n) => (n % 3 === 0 ? [5, 1] : [1, 1]));
  const timing = await timeRuns(runner, { wanted: 60, clock });
  expect(timing).toMatchObject({ median: 1, p95: 1 });
  expect(timing.held).toBeGreaterThan(0.35);
  expect(timing.held).toBeLessThan(0.5);
});

test('where no group is undisturbed all count, within four times the time', async () => {
  const { runner, clock } = machine(() => [2, 1]);
  const timing = await timeRuns(runner, { wanted: 60, clock });
  expect(timing).toMatchObject({ median: 2, held: 0.5 });
  expect(timing.runs).toBeLessThanOrEqual(121);
  // With several threads CPU time says nothing: nothing is left out.
  expect(await timeRuns(runner, { wanted: 60, threads: 2, clock })).toMatchObject({ held: 1 });
});

test('the real clock: waiting is not holding a core', async () => {
  const shared = new Int32Array(new SharedArrayBuffer(4));
  const waiting = async () => void Atomics.wait(shared, 0, 0, 2);
  expect((await timeRuns({ run: waiting, release: async () => undefined }, { wanted: 20 })).held).toBeLessThan(0.5);
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

test('a quick calibration is a valid profile that orders models roughly', { timeout: 180_000 }, async () => {
  const profile = await calibrate({ threads: 1, batch: 1, models: 20 }, silent);
  expect(profileSchema.parse(JSON.parse(JSON.stringify(profile)))).toEqual(profile);
  expect(Object.values(profile.times).every((time) => time >= 0)).toBe(true);
  expect(profile.error.models).toBe(20);
  expect(profile.error.tau).toBeGreaterThan(0.4);
});

test('calibration stops when it is told to', async () => {
  const signal = AbortSignal.abort();
  await expect(calibrate({ threads: 1, batch: 1, models: 40, signal }, silent)).rejects.toMatchObject({
    code: 'INTERRUPTED',
  });
});
