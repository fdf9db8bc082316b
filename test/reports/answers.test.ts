/// <reference lib="dom" />
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { ReportInput } from '../../src/reports/buildReportData.js';
import { gatherAnswers } from '../../src/reports/gatherAnswers.js';
import { answersOf, teacherAnswersOf, type RowAnswers } from '../../src/store/answersOf.js';
import { openStore } from '../../src/store/openStore.js';
import type { TrialStore } from '../../src/store/types.js';
import { launchChromium, openReport } from '../browser/openReport.js';
import { picture } from './measuredStudy.js';
import { hostile, syntheticStudy } from './syntheticStudy.js';

const installed = existsSync(process.env.CHROMIUM ?? '/usr/bin/chromium') || process.env.REQUIRE_BROWSER !== undefined;
const classes = ['shirt', 'coat', hostile];
const rows = 60;
const labels = Array.from({ length: rows }, (_, i) => i % 3);

/** Wrong on every `each`-th row, there always the next class. */
function answersWrongOn(each: number): RowAnswers {
  const wrong = (row: number) => row % each === 0;
  return {
    labels,
    predictions: labels.map((label, row) => (wrong(row) ? (label + 1) % 3 : label)),
    confidence: labels.map(() => 0.8),
    ofLabel: labels.map((_, row) => (wrong(row) ? 0.1 - row / 1000 : 0.8)),
  };
}

/** A store with that study; every student is wrong on each seventh row, the teacher on each twentieth. */
function storeOf(input: ReportInput, look: (row: number) => { image?: string; text?: string }): TrialStore {
  const store = openStore(':memory:');
  const { name, settings, facts } = input.study;
  store.createStudy({ name: 'made', settings: { ...settings, named: name }, facts });
  for (const trial of input.trials) {
    store.createTrial('made', trial);
    if (trial.state !== 'COMPLETE') continue;
    store.start('made', trial.number, 0);
    store.finish('made', trial.number, {
      state: 'COMPLETE',
      metrics: trial.metrics,
      answers: answersOf(answersWrongOn(7), [5]),
    });
  }
  store.recordTeacherAnswers('made', teacherAnswersOf(answersWrongOn(20), classes));
  store.recordSamples(
    'made',
    labels.map((_, row) => ({ row, ...look(row) })),
  );
  return store;
}

test('a report holds the answers of fronts and baselines alone, and samples within bounds', () => {
  const input = syntheticStudy({ trials: 80 });
  const store = storeOf(input, (row) => ({ text: `sample ${row}`.padEnd(100) }));
  const trials = store.trials('made');
  const all = gatherAnswers(store, 'made', trials);
  const complete = trials.filter(({ state }) => state === 'COMPLETE');
  const beaten = (trial: (typeof trials)[number]) =>
    complete.some(
      (other) =>
        other.origin !== 'baseline' &&
        other.costs.bytes < trial.costs.bytes &&
        other.metrics.accuracy > trial.metrics.accuracy,
    );
  const onFront = complete.filter((trial) => trial.origin !== 'baseline' && !beaten(trial)).map(({ number }) => number);
  const held = all?.trials.map(({ trial }) => trial) ?? [];
  expect(held).toEqual(expect.arrayContaining(onFront));
  expect(held.length).toBeLessThan(complete.length);
  expect(all?.teacher.accuracy).toBe(57 / 60);
  expect(all?.rows.map(({ row }) => row)).toEqual([0, 5, 7, 14, 20, 21, 28, 35, 40, 42, 49, 56]);
  expect(all?.rows[4]).toEqual({ row: 20, label: 2, teacher: [0, 0.8, 0.08], text: 'sample 20'.padEnd(100) });
  // Rows of many mistakes come before those of the teacher alone.
  const few = gatherAnswers(store, 'made', trials, 950);
  expect(few?.rows.filter(({ text }) => text !== undefined).map(({ row }) => row)).toEqual([
    0, 5, 7, 14, 21, 28, 35, 42, 49,
  ]);
  store.createStudy({ name: 'older', settings: {}, facts: {} });
  expect(gatherAnswers(store, 'older', [])).toBeUndefined();
  store.close();
});

test.skipIf(!installed)(
  'confusions and worst samples of a student that was not promoted, beside the teacher, as text',
  async () => {
    const browser = await launchChromium();
    try {
      for (const look of [() => ({ image: picture }), (row: number) => ({ text: `${hostile} ${row}` })]) {
        const input = syntheticStudy({ trials: 60 });
        const store = storeOf(input, look);
        const answers = gatherAnswers(store, 'made', store.trials('made'));
        store.close();
        const { page, complaints, close } = await openReport(browser, {
          ...input,
          promotions: [],
          ...(answers ? { answers } : {}),
        });
        expect(await page.locator('#mistakes-sub').innerText()).toMatch(
          /after its brief distillation, on 60 validation (images|texts)/,
        );
        expect(await page.locator('#mistakes .matrix').count()).toBe(2);
        expect(await page.locator('#mistakes .matrix thead').first().innerText()).toContain('</script>');
        const cells = page.locator('#mistakes .matrix').first().locator('tbody tr').first().locator('td');
        // Of the rows 0, 3, 6, ... each seventh is taken for the next class: 0, 21 and 42.
        expect(await cells.allInnerTexts()).toEqual(['17', '3', '']);
        expect(await page.locator('#mistakes figure').count()).toBe(9);
        await page.locator('#mistakes button', { hasText: 'Only the student' }).click();
        expect(await page.locator('#mistakes figure').count()).toBe(8);
        const seen = await page.evaluate(() => ({
          injected: 'injected' in window,
          drawn: [...document.querySelectorAll('#mistakes img')].filter(
            (i) => (i as HTMLImageElement).naturalWidth === 2,
          ).length,
          quoted: [...document.querySelectorAll('#mistakes blockquote')].filter((q) =>
            q.textContent?.includes('onerror'),
          ).length,
        }));
        expect(seen).toEqual({
          injected: false,
          drawn: 'image' in look(1) ? 8 : 0,
          quoted: 'image' in look(1) ? 0 : 8,
        });
        // One whose answers nobody kept offers those that have some.
        const other = input.trials.find(({ state }) => state === 'PRUNED')?.number ?? 0;
        await page.locator('#filter').fill(`trial = ${other}`);
        await page.locator('#table tbody tr').first().click();
        expect(await page.locator('#mistakes .matrix').count()).toBe(0);
        await page.locator('#mistakes .controls button').first().click();
        expect(await page.locator('#mistakes .matrix').count()).toBe(2);
        expect(complaints).toEqual([]);
        await close();
      }
    } finally {
      await browser.close();
    }
  },
);
