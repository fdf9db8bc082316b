import { existsSync, mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeReport } from '../../src/reports/writeReport.js';
import { openStore } from '../../src/store/openStore.js';
import { syntheticStudy } from './syntheticStudy.js';

test('writes the study of a real store, whole or not at all', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nas-distill-write-report-'));
  const store = openStore(':memory:');
  const { study, trials } = syntheticStudy({ trials: 12 });
  store.createStudy({ name: study.name, settings: study.settings, facts: study.facts });
  for (const trial of trials.filter((item) => item.state === 'COMPLETE')) {
    const { number } = store.createTrial(study.name, trial);
    store.start(study.name, number, 0);
    for (const rung of trial.rungs) store.report(study.name, number, rung);
    store.finish(study.name, number, { state: 'COMPLETE', metrics: trial.metrics });
  }
  const file = join(folder, 'below', 'report.html');
  const { bytes, data } = writeReport(store, study.name, file);
  expect(statSync(file).size).toBe(bytes);
  expect(readdirSync(join(folder, 'below'))).toEqual(['report.html']);
  expect(data.trials).toHaveLength(trials.filter((item) => item.state === 'COMPLETE').length);
  expect(data.verdict.best).not.toBeNull();
  expect(() => writeReport(store, 'unknown', join(folder, 'x.html'))).toThrow('no study');
  expect(existsSync(join(folder, 'x.html'))).toBe(false);
  store.close();
});
