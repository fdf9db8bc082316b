import { expect, test } from 'vitest';
import { NasDistillError } from '../../src/core/errors.js';
import { createRng } from '../../src/core/rng.js';
import { budgetExamples, fits, parseBudget, parseBudgets, parseTargets, violations } from '../../src/costs/budgets.js';

test.each([
  ['8MB', 'bytes', 8_000_000],
  ['8mb', 'bytes', 8_000_000],
  ['8 MB', 'bytes', 8_000_000],
  [' 8MB ', 'bytes', 8_000_000],
  ['8MiB', 'bytes', 8_388_608],
  ['300kB', 'bytes', 300_000],
  ['300KB', 'bytes', 300_000],
  ['1.5GB', 'bytes', 1_500_000_000],
  ['.5MB', 'bytes', 500_000],
  ['900B', 'bytes', 900],
  ['512KB-memory', 'memory', 512_000],
  ['1MiB-memory', 'memory', 1_048_576],
  ['2Mparams', 'params', 2_000_000],
  ['120 k params', 'params', 120_000],
  ['30MMACs', 'macs', 30_000_000],
  ['1gmacs', 'macs', 1_000_000_000],
  ['5ms', 'latency', 5],
  ['.5 ms', 'latency', 0.5],
  ['250us', 'latency', 0.25],
  ['250µs', 'latency', 0.25],
  ['1.5S', 'latency', 1500],
  ['phone:5ms', 'latency', 5],
])('%s', (text, metric, limit) => {
  expect(parseBudget(text)).toEqual({ metric, limit, text: text.trim() });
});

test.each([
  '',
  '8',
  'MB',
  '8XB',
  '8MBs',
  '-8MB',
  '0MB',
  '0.1B',
  '1e3MB',
  '8,5MB',
  '8MB-latency',
  '2Mi params',
  '1MiMACs',
  '99999999999999GB',
  'NaNMB',
  '0ms',
  'ms',
  '-5ms',
  ':5ms',
  'phone:8MB',
  '5min',
])('refuses %j and shows what is accepted', (text) => {
  let thrown: unknown;
  try {
    parseBudget(text);
  } catch (error) {
    thrown = error;
  }
  if (!(thrown instanceof NasDistillError)) throw new Error(`accepted '${text}'`);
  expect(thrown.code).toBe('BUDGET_SYNTAX');
  expect(thrown.message).toContain(`'${text}'`);
  for (const example of budgetExamples) expect(thrown.hint).toContain(example);
});

test('the examples are accepted', () => {
  expect(new Set(budgetExamples.map((text) => parseBudget(text).metric)).size).toBe(5);
});

test('several budgets', () => {
  expect(parseBudgets(['8MB,30MMACs', '2Mparams']).map(({ metric }) => metric)).toEqual(['bytes', 'macs', 'params']);
  expect(parseBudgets([])).toEqual([]);
  expect(() => parseBudgets(['8MB', '4MB'])).toThrow("budgets '8MB' and '4MB' both limit bytes");
});

test('violations are relative excesses; the limit itself is kept', () => {
  const budgets = parseBudgets(['1kB', '2kparams']);
  const costs = { bytes: 1500, params: 2000, macs: 9e9, memory: 9e9 };
  expect(violations(costs, budgets)).toEqual([0.5, 0]);
  expect(fits(costs, budgets)).toBe(false);
  expect(fits({ ...costs, bytes: 1000 }, budgets)).toBe(true);
  expect(fits({ ...costs, bytes: 1001 }, budgets)).toBe(false);
  expect(fits(costs, [])).toBe(true);
});

test('property: a model fits if and only if no violation is positive', () => {
  const rng = createRng('budgets');
  const budgets = parseBudgets(['1kB', '2kparams', '3kMACs', '4kB-memory']);
  for (let i = 0; i < 2000; i++) {
    const draw = (limit: number) => Math.round(limit * (0.7 + 0.4 * rng.uniform()));
    const costs = { bytes: draw(1000), params: draw(2000), macs: draw(3000), memory: draw(4000) };
    const excess = violations(costs, budgets);
    expect(fits(costs, budgets)).toBe(excess.every((value) => value === 0));
    expect(excess.every((value) => value >= 0)).toBe(true);
  }
});

test('a time without a device is for this machine', () => {
  expect(parseTargets(['2MB,5ms'])).toEqual({
    budgets: [
      { metric: 'bytes', limit: 2_000_000, text: '2MB' },
      { metric: 'latency', limit: 5, text: '5ms' },
    ],
    targets: [{ name: 'local', metric: 'latency' }],
  });
  expect(parseTargets(['2MB']).targets).toEqual([]);
});

test('one device: its latency, however the budget is written', () => {
  const target = [{ name: 'phone', metric: 'latency' }];
  expect(parseTargets([], ['phone']).targets).toEqual(target);
  for (const text of ['5ms', 'phone:5ms', 'phone : 5 ms']) {
    expect(parseTargets([text], ['phone'])).toMatchObject({
      budgets: [{ metric: 'latency', limit: 5 }],
      targets: target,
    });
  }
  expect(parseTargets(['phone:5ms']).targets).toEqual(target);
});

test('several devices: a latency each', () => {
  const { budgets, targets } = parseTargets(['phone:5ms,server:2ms,2MB'], ['phone', 'board']);
  expect(budgets.map((budget) => [budget.metric, budget.limit])).toEqual([
    ['latency:phone', 5],
    ['latency:server', 2],
    ['bytes', 2_000_000],
  ]);
  expect(targets.map(({ metric }) => metric)).toEqual(['latency:phone', 'latency:board', 'latency:server']);
  expect(() => parseTargets(['5ms'], ['phone', 'server'])).toThrow(/does not say which device/);
  expect(() => parseTargets(['phone:5ms', 'phone:6ms', 'server:1ms'])).toThrow(/both limit latency:phone/);
});
