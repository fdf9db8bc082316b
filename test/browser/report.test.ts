/// <reference lib="dom" />
import { existsSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatBytes } from '../../src/core/units.js';
import { hostile, hostileStudy, syntheticStudy } from '../reports/syntheticStudy.js';
import { launchChromium, openReport } from './openReport.js';

// Where no browser is installed the suite is skipped aloud; CI installs one and sets REQUIRE_BROWSER.
const installed = existsSync(process.env.CHROMIUM ?? '/usr/bin/chromium') || process.env.REQUIRE_BROWSER !== undefined;

describe.skipIf(!installed)('the report in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
  });

  test('a click on a point selects its trial everywhere', async () => {
    const input = syntheticStudy({ trials: 80 });
    const { page, complaints, close } = await openReport(browser, input);
    const number = await clickPoint(page, 2);
    const trial = input.trials.find((t) => t.number === number);
    expect(trial).toBeDefined();
    const details = await page.locator('#details').innerText();
    expect(details).toContain(`Trial ${number}`);
    expect(details).toContain(formatBytes(trial?.costs.bytes ?? NaN));
    expect(details).toContain(`${((trial?.metrics.accuracy ?? 0) * 100).toFixed(2)} %`);
    expect(await page.locator('#details .command code').innerText()).toBe(
      `nas-distill promote fashion-mnist-1mb --trial ${number}`,
    );
    const blocks = new Set(trial?.spec.nodes.map((node) => node.block ?? node.name));
    expect(await page.locator('#details .architecture .block').count()).toBe(blocks.size);
    expect(await page.locator(`#table tr[data-trial="${number}"]`).getAttribute('aria-selected')).toBe('true');
    expect(new URL(page.url()).hash).toBe(`#trial=${number}`);
    expect(complaints).toEqual([]);
    await close();
  });

  test('the drawn blocks hold the parameters and MACs of the whole', async () => {
    const input = syntheticStudy({ trials: 20 });
    const { page, complaints, close } = await openReport(browser, input);
    const number = Number(/#trial=(\d+)/.exec(page.url())?.[1] ?? (await selectedRow(page)));
    const titles = await page.locator('#details .architecture .block > title').allTextContents();
    const sums = titles.map((text) => /(\d+) parameters, (\d+) MACs/.exec(text)?.slice(1).map(Number) ?? [NaN, NaN]);
    const costs = input.trials.find((trial) => trial.number === number)?.costs;
    expect(sums.reduce((sum, [params]) => sum + params, 0)).toBe(costs?.params);
    expect(sums.reduce((sum, [, macs]) => sum + macs, 0)).toBe(costs?.macs);
    expect(complaints).toEqual([]);
    await close();
  });

  test('the table sorts, filters, turns pages and obeys the keyboard', async () => {
    const input = syntheticStudy({ trials: 80 });
    const { page, complaints, close } = await openReport(browser, input);
    await page.locator('#sort-params').click();
    expect(await page.locator('#table th[aria-sort=ascending]').innerText()).toContain('Parameters');
    const smallest = [...input.trials].sort((a, b) => a.costs.params - b.costs.params || a.number - b.number);
    expect(await rowNumbers(page)).toEqual(smallest.slice(0, 20).map((t) => t.number));
    await page.locator('#sort-params').press('Enter');
    expect((await rowNumbers(page))[0]).toBe(
      [...smallest].sort((a, b) => b.costs.params - a.costs.params || a.number - b.number)[0].number,
    );
    await page.locator('#pager button', { hasText: 'Next' }).click();
    expect(await page.locator('#pager').innerText()).toContain('Page 2 of 4');

    await page.locator('#filter').fill('accuracy>85% bytes<=400kB');
    const expected = input.trials.filter((t) => t.metrics.accuracy > 0.85 && t.costs.bytes <= 400_000);
    await expect.poll(() => page.locator('#table-sub').innerText()).toBe(`${expected.length} of 80 trials`);
    expect(new Set(await rowNumbers(page))).toEqual(new Set(expected.map((t) => t.number).slice(0, 20)));
    await page.locator('#filter').fill('NaN');
    const failed = input.trials.filter((t) => t.state === 'FAILED').length;
    await expect.poll(() => page.locator('#table-sub').innerText()).toBe(`${failed} of 80 trials`);
    expect(new Set(await rowNumbers(page))).toEqual(
      new Set(input.trials.filter((t) => t.state === 'FAILED').map((t) => t.number)),
    );
    await page.locator('#filter').fill('');
    await expect.poll(() => page.locator('#table-sub').innerText()).toBe('80 trials');
    await page.locator('#chips button[data-kind=front]').click();
    await page.locator('#chips button[data-kind=student]').click();
    await page.locator('#chips button[data-kind=baseline]').click();
    const rest = input.trials.filter((t) => t.state !== 'COMPLETE');
    expect(await page.locator('#table-sub').innerText()).toBe(`${rest.length} of 80 trials`);

    await page.locator('#table tbody tr').first().focus();
    await page.keyboard.press('ArrowDown');
    const second = (await rowNumbers(page))[1];
    await page.keyboard.press('Enter');
    expect(await selectedRow(page)).toBe(second);
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-trial'))).toBe(String(second));
    expect(await page.locator('#details-title').innerText()).toContain(`Trial ${second}`);
    expect(complaints).toEqual([]);
    await close();
  });

  test('axes change, and the front with them', async () => {
    const { page, complaints, close } = await openReport(browser, syntheticStudy({ trials: 80 }));
    const title = () => page.locator('#scatter .xtitle').textContent();
    const ticks = () => page.locator('#scatter .xtick text').allTextContents();
    expect(await title()).toBe('Size of the weights');
    const sub = await page.locator('#front-sub').innerText();
    await page.locator('#x-quantity').selectOption('macs');
    await expect.poll(title).toBe('MACs');
    expect(await page.locator('#front-sub').innerText()).not.toBe(sub);
    expect(await page.locator('#scatter .annotation-text', { hasText: 'budget' }).count()).toBe(0);
    const log = await ticks();
    await page.locator('#x-scale button', { hasText: 'Linear' }).click();
    await expect.poll(ticks).not.toEqual(log);
    await page.locator('#range button', { hasText: 'All' }).click();
    await page.locator('#x-quantity').selectOption('bytes');
    await expect.poll(() => page.locator('#scatter .annotation-text', { hasText: 'budget' }).count()).toBe(1);
    expect(complaints).toEqual([]);
    await close();
  });

  test('light and dark: the system first, then the button; plots follow', async () => {
    const { page, complaints, close } = await openReport(browser, syntheticStudy({ trials: 40 }), {
      colorScheme: 'dark',
    });
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const tick = () =>
      page
        .locator('#scatter .xtick text')
        .first()
        .evaluate((text) => getComputedStyle(text).fill);
    expect(await ground()).toBe('rgb(14, 20, 27)');
    const dark = await tick();
    await page.locator('#theme').click();
    expect(await ground()).toBe('rgb(245, 247, 249)');
    await expect.poll(tick).not.toBe(dark);
    expect(complaints).toEqual([]);
    await close();
  });

  test.each([400, 768, 1280])('nothing scrolls sideways at %i px', async (width) => {
    const { page, complaints, close } = await openReport(browser, hostileStudy(), { width });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    expect(complaints).toEqual([]);
    await close();
  });

  test('hostile names stay text', async () => {
    const { page, complaints, close } = await openReport(browser, hostileStudy());
    expect(await page.evaluate(() => Reflect.get(window, 'injected'))).toBeUndefined();
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('#title').textContent()).toBe(hostile);
    expect(await page.title()).toContain('<img src=x');
    expect(await page.locator('#details .reason').textContent()).toBe(hostile);
    const quoted = await page.locator('#details .command code').textContent();
    expect(quoted).toContain(`promote '${hostile.replaceAll("'", `'\\''`)}' --trial`);
    for (const plot of ['scatter', 'curves', 'volume']) {
      for (const mark of await page
        .locator(`#${plot} .scatterlayer .trace .point, #${plot} .scatterlayer .js-line`)
        .all()) {
        const box = await mark.boundingBox();
        if (box !== null) await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      }
    }
    expect(complaints).toEqual([]);
    await close();
  });

  test('the content policy stops what it did not admit', async () => {
    const { page, complaints, close } = await openReport(browser, syntheticStudy({ trials: 10 }));
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.injected = 3';
      document.body.append(script);
    });
    expect(await page.evaluate(() => Reflect.get(window, 'injected'))).toBeUndefined();
    expect(complaints.some((text) => text.includes('Content Security Policy'))).toBe(true);
    await close();
  });

  test('10,000 trials open quickly and answer', async () => {
    const { page, complaints, openMs, close } = await openReport(
      browser,
      syntheticStudy({ trials: 10_000, epochs: 4 }),
    );
    process.stderr.write(`10,000 trials: open in ${Math.round(openMs)} ms\n`);
    // Far above what a quiet machine needs (2 s): this catches a quadratic step, not a busy neighbour.
    expect(openMs).toBeLessThan(20_000);
    await page.locator('#table tbody tr').nth(3).click();
    expect(await page.locator('#details-title').innerText()).toContain(`Trial ${await selectedRow(page)}`);
    expect(complaints).toEqual([]);
    await close();
  });

  test('an empty and a running study can be looked at', async () => {
    const { study, trials } = syntheticStudy({ trials: 6 });
    const bare = { ...study, facts: {}, settings: {} };
    for (const some of [[], trials.map((t) => ({ ...t, state: 'RUNNING' as const, metrics: {}, finishedAt: null }))]) {
      const { page, complaints, close } = await openReport(browser, { study: bare, trials: some, promotions: [] });
      expect(await page.locator('#verdict').innerText()).toBe('No student has been distilled to the end yet.');
      expect(complaints).toEqual([]);
      await close();
    }
  });
});

/** Clicks the middle of a marker of the front (the second trace with a line); returns the number of the trial that was then selected. */
async function clickPoint(page: Page, point: number): Promise<number> {
  const marker = page.locator('#scatter .scatterlayer .trace:has(path.js-line)').nth(1).locator('.point').nth(point);
  const before = page.url();
  await marker.scrollIntoViewIfNeeded();
  const box = await marker.boundingBox();
  if (box === null) throw new Error('the marker is not drawn');
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await expect.poll(() => page.url()).not.toBe(before);
  return selectedRow(page);
}

async function rowNumbers(page: Page): Promise<number[]> {
  return await page
    .locator('#table tbody tr')
    .evaluateAll((rows) => rows.map((row) => Number(row.getAttribute('data-trial'))));
}

async function selectedRow(page: Page): Promise<number> {
  return Number(await page.locator('#table tr[aria-selected=true]').getAttribute('data-trial'));
}
