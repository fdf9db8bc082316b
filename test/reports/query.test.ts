import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { buildReportData } from '../../src/reports/buildReportData.js';
import { parseQuery, QueryError } from '../../src/reports/client/query.js';
import { createReport } from '../../src/reports/client/Report.js';
import { rangeQuery } from '../../src/reports/client/selection.js';
import type { ReportTrial } from '../../src/reports/ReportData.js';
import { hostile, hostileStudy, syntheticStudy } from './syntheticStudy.js';

const report = createReport(buildReportData(syntheticStudy({ trials: 200 })));
const { trials, choices } = report.data;
const find = (text: string, of = report) => {
  const test = parseQuery(text, of);
  return of.data.trials
    .filter((trial) => test(trial, of.kindOf(trial, { x: 'bytes', y: 'accuracy' })))
    .map((trial) => trial.number);
};
const expected = (test: (trial: ReportTrial) => boolean) => trials.filter(test).map((trial) => trial.number);
const choice = (trial: ReportTrial, name: string) => {
  const i = choices.findIndex((item) => item.name === name);
  return trial.choices[i] < 0 ? null : choices[i].values[trial.choices[i]];
};
const accurate = (trial: ReportTrial, limit: number) => trial.accuracy !== null && trial.accuracy > limit;

describe('a query finds', () => {
  test.each<[string, (trial: ReportTrial) => boolean]>([
    ['bytes < 0.2MB && accuracy > 0.85', (t) => t.costs.bytes < 200_000 && accurate(t, 0.85)],
    ['0.2mb > bytes and 85% < accuracy', (t) => t.costs.bytes < 200_000 && accurate(t, 0.85)],
    ['bytes<200KiB', (t) => t.costs.bytes < 204_800],
    ['params<50k accuracy>0.84', (t) => t.costs.params < 50_000 && accurate(t, 0.84)],
    ['0.84 < accuracy <= 0.86', (t) => accurate(t, 0.84) && !accurate(t, 0.86)],
    ['macs<1M || macs>8MMACs', (t) => t.costs.macs < 1e6 || t.costs.macs > 8e6],
    // && binds tighter than ||, as everywhere.
    ['trial=1 || trial=2 && accuracy>2', (t) => t.number === 1],
    ['(trial=1 || trial=2) && !(trial = 2)', (t) => t.number === 1],
    ['not not state == pruned', (t) => t.state === 'PRUNED'],
    ['state in (pruned, "FAILED")', (t) => t.state === 'PRUNED' || t.state === 'FAILED'],
    ['time > 10s', (t) => t.elapsedMs !== null && t.elapsedMs > 10_000],
    ['started <= 10min', (t) => t.startedMs !== null && t.startedMs <= 600_000],
    ['epochs = 2', (t) => t.epochs.length === 2],
    ['stem.width >= 16', (t) => Number(choice(t, 'stem.width') ?? NaN) >= 16],
    ['activation = RELU6', (t) => choice(t, 'activation') === 'relu6'],
    ['activation != relu6 && origin = search', (t) => t.origin === 'search' && choice(t, 'activation') !== 'relu6'],
    ['loss < 0.3', (t) => t.metrics.loss !== undefined && t.metrics.loss < 0.3],
    ['accuracy < 1', (t) => t.accuracy !== null],
    ['  ', () => true],
  ])('%s', (text, test) => {
    const found = find(text);
    expect(found).toEqual(expected(test));
    expect(found.length).toBeGreaterThan(0);
  });

  test('every choice that a short name stands for', () => {
    const long = choices.filter((item) => item.name.endsWith('.width')).map((item) => `"${item.name}" = 64`);
    expect(long.length).toBeGreaterThan(2);
    expect(find('width = 64')).toEqual(find(long.join(' || ')));
  });

  test('names and values full of signs, in quotes', () => {
    const odd = createReport(buildReportData(hostileStudy()));
    const text = `"${hostile.replace(/["\\]/g, '\\$&')}"`;
    expect(find(`${text} = ${text}`, odd)).toEqual(
      odd.data.trials.filter((t) => t.number % 2 === 0).map((t) => t.number),
    );
  });
});

describe('a query that cannot be read', () => {
  test.each([
    ['bytes <', 'ends too early', 7],
    ['bytes < 2XB', "'2XB' is no number", 8],
    ['size < 2', "'size' is no field", 0],
    ['(bytes < 2', "')' is missing", 10],
    ['bytes < 2)', "')' is not expected", 9],
    ['&& bytes', 'not expected', 0],
    ['accuracy & 1', 'not expected', 9],
    ['"open', 'not closed', 0],
    ['1 < epochs < 3 < 4', 'not expected', 15],
    ['time < 2MB', "'2MB' is no number; write it like 90s", 7],
    ['x'.repeat(2001), 'at most 2000', 2000],
  ])('%s', (text, message, at) => {
    const error = (() => {
      try {
        parseQuery(text, report);
      } catch (caught) {
        return caught;
      }
    })();
    expect(error).toBeInstanceOf(QueryError);
    expect((error as QueryError).message).toContain(message);
    expect((error as QueryError).at).toBe(at);
  });

  test('is not run, and deep nesting does not matter', () => {
    Reflect.deleteProperty(globalThis, 'ran');
    expect(() => parseQuery('accuracy > (globalThis.ran = 1)', report)).toThrow(QueryError);
    expect(find('constructor.constructor')).toEqual([]);
    expect(Reflect.get(globalThis, 'ran')).toBeUndefined();
    expect(find('('.repeat(900) + 'trial=1' + ')'.repeat(900))).toEqual([1]);
  });
});

test('a brushed range keeps what was enclosed', () => {
  for (const { costs } of trials) {
    const test = parseQuery(rangeQuery('bytes', costs.bytes, costs.bytes), report);
    expect(trials.some((trial) => trial.costs.bytes === costs.bytes && test(trial, ''))).toBe(true);
  }
  expect(rangeQuery('accuracy', 0.812345, 0.9)).toBe('0.8123 <= accuracy <= 0.9');
});

test('the examples of the documentation can be read, and find some but not all', () => {
  const text = readFileSync(new URL('../../docs/reports.md', import.meta.url), 'utf8');
  const examples = text.slice(text.indexOf('## Filtering')).match(/^ {4}\S.*$/gm) ?? [];
  expect(examples.length).toBeGreaterThanOrEqual(4);
  const found = examples.map((example) => find(example.replace('2min', '10s')).length);
  for (const count of found) expect(count).toBeLessThan(trials.length);
  expect(found.filter((count) => count > 0).length).toBeGreaterThanOrEqual(3);
});
