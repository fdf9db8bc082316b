import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dominates } from '../../src/core/pareto.js';
import { runProcess } from './process.js';
import { storeQuickTeacher } from './quickTeacher.js';
import { writeStripes } from './stripes.js';

const result = z.object({
  study: z.string(),
  front: z.array(
    z.object({
      trial: z.number(),
      costs: z.record(z.string(), z.number()),
      measured: z.record(z.string(), z.number()).optional(),
    }),
  ),
});

let root: string;
let data: string;
let profile: string;
const run = (...words: string[]) => runProcess(['--results', join(root, 'results'), ...words], 120_000);
const search = (...words: string[]) =>
  run('search', '--data', data, '--space', 'minimal', '--teacher', 'quick', '--no-report', '--workers', '1', ...words);
const brief = ['--trials', '3', '--epochs', '1'];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'device-'));
  data = writeStripes(join(root, 'stripes'));
  storeQuickTeacher(join(root, 'results', 'teachers'));
  const measured = await run('device', 'measure', '--models', '20', '--json');
  expect(measured.code, measured.stderr).toBe(0);
  const document = z
    .object({ device: z.string(), file: z.string(), threads: z.number() })
    .parse(JSON.parse(measured.stdout));
  expect(document).toMatchObject({ device: 'local', threads: 1 });
  profile = document.file;
}, 240_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

it(
  'a budget of time: predicted before training, the front measured at the end, both stored and shown',
  { timeout: 240_000 },
  async () => {
    const ended = await search('--budget', '50ms', ...brief, '--json', '--study', 'quick');
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toContain('budget 50ms: can be met');
    const { front } = result.parse(JSON.parse(ended.stdout));
    expect(front.length).toBeGreaterThan(0);
    for (const { costs, measured } of front) {
      expect(costs.latency).toBeGreaterThan(0);
      expect(costs.latency).toBeLessThan(50);
      expect(measured?.latency).toBeGreaterThan(0);
      expect(measured?.latency_p95).toBeGreaterThanOrEqual(measured?.latency ?? Infinity);
    }
    const exported = z
      .object({
        study: z.object({ facts: z.object({ costObjective: z.string(), devices: z.array(z.unknown()) }) }),
        trials: z.array(z.object({ number: z.number(), measured: z.record(z.string(), z.number()) })),
      })
      .parse(JSON.parse((await run('export', 'quick', '--format', 'json')).stdout));
    expect(exported.trials.find(({ number }) => number === front[0].trial)?.measured).toEqual(front[0].measured);
    expect(exported.study.facts).toMatchObject({
      costObjective: 'latency',
      devices: [{ name: 'local', metric: 'latency', here: true }],
    });
    const shown = await run('show', String(front[0].trial), '--study', 'quick');
    expect(shown.stdout).toMatch(/^latency +\d.* (µs|ms)$/m);
    expect(shown.stdout).toMatch(/^measured latency +\d.* (µs|ms)$/m);
  },
);

it(
  'several devices that are not at hand in one study; none of them can be measured here',
  { timeout: 240_000 },
  async () => {
    const ended = await search('--budget', 'phone:1ms,server:1ms,1MB', ...brief, '--json', '--study', 'both');
    expect(ended.code, ended.stderr).toBe(0);
    const { front } = result.parse(JSON.parse(ended.stdout));
    expect(Object.keys(front[0].costs)).toEqual(expect.arrayContaining(['bytes', 'latency:phone', 'latency:server']));
    expect(front[0].measured).toBeUndefined();

    // Both latencies as objectives, with a pruner and the sampler that looks at all three.
    const words = ['--objective', 'accuracy,latency@phone,latency@server', '--trials', '8', '--epochs', '2'];
    const three = await search(...words, '--pruner', 'moasha', '--json', '--study', 'three');
    expect(three.code, three.stderr).toBe(0);
    const points = result
      .extend({
        front: z.array(
          z.object({ costs: z.record(z.string(), z.number()), metrics: z.object({ accuracy: z.number() }) }),
        ),
      })
      .parse(JSON.parse(three.stdout))
      .front.map(({ costs, metrics }) => [costs['latency:phone'], costs['latency:server'], -metrics.accuracy]);
    expect(points.length).toBeGreaterThan(0);
    for (const a of points) expect(points.some((b) => dominates(b, a))).toBe(false);
    const status = await run('status', 'three');
    expect(status.code, status.stderr).toBe(0);
    const again = await search('--objective', 'latency@phone', '--resume', 'three', '--trials', '9');
    expect(again.stderr).toContain('objective is');
  },
);

it(
  'what cannot be met ends in a second or two, naming the nearest or the operators',
  { timeout: 240_000 },
  async () => {
    const tight = await search('--device', 'phone', '--budget', '1us', ...brief);
    expect(tight.code).toBe(3);
    expect(tight.stderr).toMatch(/no architecture of minimal fits 1us \(the smallest architecture needs [\d.]+ µs\)/);
    const nearest = /--budget ([\d.]+us)/.exec(tight.stderr)?.[1] ?? '';
    const met = await search('--device', 'phone', '--budget', nearest, ...brief, '--study', 'nearest');
    expect(met.code, met.stderr).toBe(0);

    const operators = await search('--device', 'edge-tpu', '--weights', 'int8', '--space', 'tiny-vit', ...brief);
    expect(operators.code).toBe(3);
    expect(operators.stderr).toMatch(/device edge-tpu runs no architecture of tiny-vit: it has no .*attention/);
    const precision = await search('--device', 'edge-tpu', ...brief);
    expect(precision.code).toBe(3);
    expect(precision.stderr).toContain('device edge-tpu computes in int8, not in float32');
  },
);

it('bad input: devices, budgets and objectives that are none', { timeout: 240_000 }, async () => {
  for (const [words, message] of [
    [['--device', 'fone'], 'no device "fone"'],
    [['--device', 'phone', '--device', 'server', '--budget', '5ms'], "budget '5ms' does not say which device"],
    [['--objective', 'watts'], 'objective "watts" is none of the study\'s costs'],
  ] as const) {
    const refused = await search(...words, ...brief);
    expect(refused.code, refused.stderr).toBe(2);
    expect(refused.stderr).toContain(message);
  }
});

it(
  'a study does not go on with another profile, and a profile of another version is refused',
  { timeout: 240_000 },
  async () => {
    const text = readFileSync(profile, 'utf8');
    const before: unknown = JSON.parse(text);
    writeFileSync(profile, JSON.stringify({ ...z.record(z.string(), z.unknown()).parse(before), measuredAt: 1 }));
    const changed = await search('--budget', '50ms', '--trials', '4', '--epochs', '1', '--study', 'quick');
    expect(changed.code).toBe(5);
    expect(changed.stderr).toContain('study quick was started with another device profile');
    writeFileSync(profile, JSON.stringify({ ...z.record(z.string(), z.unknown()).parse(before), format: 9 }));
    const newer = await search('--budget', '50ms', ...brief, '--study', 'newer');
    expect(newer.code).toBe(2);
    expect(newer.stderr).toContain('is of format 9, this version reads format 1');
    const listed = await run('device', 'list');
    expect(listed.code).toBe(0);
    expect(listed.stdout).toContain('is of format 9');
    writeFileSync(profile, text);
  },
);
