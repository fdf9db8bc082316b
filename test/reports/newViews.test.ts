/// <reference lib="dom" />
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { buildReportData } from '../../src/reports/buildReportData.js';
import { createReport } from '../../src/reports/client/Report.js';
import { launchChromium, openReport } from '../browser/openReport.js';
import { measuredStudy } from './measuredStudy.js';
import { hostile, hostileStudy, syntheticStudy } from './syntheticStudy.js';

const installed = existsSync(process.env.CHROMIUM ?? '/usr/bin/chromium') || process.env.REQUIRE_BROWSER !== undefined;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const findings = z.array(z.object({ id: z.string(), nodes: z.array(z.string()) }));

/** What axe-core finds, after `dialog` is closed or open as it is. */
async function findingsOf(page: Page): Promise<unknown> {
  await page.evaluate(axe);
  return findings.parse(
    await page.evaluate(
      'axe.run(document).then((r) => r.violations.map(({ id, nodes }) => ({ id, nodes: nodes.map((n) => n.html.slice(0, 160)) })))',
    ),
  );
}

describe.skipIf(!installed)('what the report shows of several studies, devices and promotions', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
  });

  test('two studies: fronts, volumes, rows and switches of each', async () => {
    const inputs = [
      syntheticStudy({ trials: 40, seed: 1, name: 'alpha' }),
      syntheticStudy({ trials: 50, seed: 2, name: 'beta' }),
    ];
    const report = createReport(inputs.map((input) => buildReportData(input)));
    const { page, complaints, close } = await openReport(browser, inputs);
    expect(await page.locator('#standings tbody tr').count()).toBe(2);
    const fronts = [0, 1].map((study) => report.front({ x: 'bytes', y: 'accuracy' }, study).length);
    expect(await page.locator('#legend .key b').allInnerTexts()).toEqual(
      expect.arrayContaining(fronts.map((count) => String(count))),
    );
    expect(await page.locator('#volume .scatterlayer .trace').count()).toBe(2);
    expect(await page.locator('#filter-count').innerText()).toBe('90 trials');
    await page.locator('#chips button[data-study="0"]').click();
    expect(await page.locator('#filter-count').innerText()).toBe('50 of 90 trials');
    await page.locator('#filter').fill('study = alpha');
    await expect.poll(() => page.locator('#filter-count').innerText()).toBe('0 of 90 trials');
    await page.locator('#clear').click();
    await page.locator('#filter').fill('study = alpha');
    await expect.poll(() => page.locator('#filter-count').innerText()).toBe('40 of 90 trials');
    await page.locator('#table tbody tr').first().click();
    expect(await page.locator('#details-title').innerText()).toMatch(/^Trial \d+ of alpha$/);
    expect(new URL(page.url()).hash).toMatch(/^#trial=1\.\d+/);
    expect(await findingsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });

  test('an address of several studies opens what it names', async () => {
    const inputs = [syntheticStudy({ trials: 20, name: 'alpha' }), syntheticStudy({ trials: 20, name: 'beta' })];
    const { page, complaints, close } = await openReport(browser, inputs);
    await page.goto(`${page.url().split('#')[0]}#trial=2.7&q=accuracy>0.1&compare=1.3,2.7&x=macs&y=memory`);
    await page.reload();
    await page.waitForSelector('html[data-ready=true]', { state: 'attached' });
    expect(await page.locator('#details-title').innerText()).toContain('Trial 7 of beta');
    expect(await page.locator('#compare thead th').count()).toBe(2);
    expect(await page.locator('#x-quantity').inputValue()).toBe('macs');
    expect(await page.locator('#y-quantity').inputValue()).toBe('memory');
    expect(complaints).toEqual([]);
    await close();
  });

  test('axes: any two quantities; the same one twice swaps them; budgets on both', async () => {
    const budgets = [
      { metric: 'bytes', limit: 1_000_000, text: '1MB' },
      { metric: 'macs', limit: 8_000_000, text: '8MMACs' },
    ] as const;
    const { page, complaints, close } = await openReport(browser, syntheticStudy({ trials: 60, budgets }));
    const notes = () => page.locator('#scatter .annotation-text', { hasText: 'budget' }).count();
    expect(await notes()).toBe(1);
    await page.locator('#y-quantity').selectOption('macs');
    await expect.poll(notes).toBe(2);
    expect(await page.locator('#front-title').innerText()).toBe('MACs against size of the weights');
    await page.locator('#scatter').scrollIntoViewIfNeeded();
    const box = await page.locator('#scatter').boundingBox();
    if (box === null) throw new Error('the plot is not drawn');
    await page.mouse.move(box.x + box.width * 0.2, box.y + box.height * 0.4);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.8, { steps: 5 });
    await page.mouse.up();
    const brushes = async () => (await page.locator('#brushes button').allInnerTexts()).join(' ');
    await expect.poll(brushes).toMatch(/bytes.*macs/s);
    await page.locator('#x-quantity').selectOption('macs');
    expect(await page.locator('#y-quantity').inputValue()).toBe('bytes');
    expect(complaints).toEqual([]);
    await close();
  });

  test('error bars, devices, losses and weights, mistakes', async () => {
    const input = measuredStudy({ trials: 60 });
    const promoted = input.promotions[0].trial;
    const { page, complaints, close } = await openReport(browser, input);
    const confirmed = input.trials.filter((trial) => trial.repeats.length > 0).length;
    expect(confirmed).toBeGreaterThan(5);
    expect(await page.locator('#scatter .errorbar path.yerror').count()).toBe(confirmed);
    expect(await page.locator('#latency-sub').innerText()).toMatch(
      new RegExp(`Latency: ${confirmed} measured.*Latency, phone: ${confirmed} measured`),
    );
    expect(await page.locator('#latency .scatterlayer .point').count()).toBe(2 * confirmed);
    expect(await page.locator('#losses .legendtext').allTextContents()).toEqual(
      expect.arrayContaining(['loss_kd', 'loss_ce', 'train_loss', 'weight_kd']),
    );
    expect(await page.locator('#x-quantity option').allInnerTexts()).toContain('Latency, phone');
    await page.locator('#x-quantity').selectOption('latency:phone');
    await expect.poll(() => page.locator('#scatter .xtitle').textContent()).toBe('Latency, phone');

    await page.locator(`#filter`).fill(`trial = ${promoted}`);
    await page.locator('#table tbody tr').first().click();
    expect(await page.locator('#mistakes .matrix').count()).toBe(2);
    const cells = page.locator('#mistakes .matrix').first().locator('tbody tr').first().locator('td');
    expect(await cells.allInnerTexts()).toEqual(['9', '6', '']);
    expect(await page.locator('#mistakes figure').count()).toBe(2);
    // The worst first: the one without a picture.
    expect(await page.locator('#mistakes figure').first().innerText()).toContain('sample 7');
    await page.locator('#mistakes .segments button', { hasText: 'teacher' }).first().click();
    expect(await page.locator('#mistakes img').evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(2);
    expect(await findingsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });

  test('curves, volume and latency can be brushed, and a press selects', async () => {
    const input = measuredStudy({ trials: 60 });
    const { page, complaints, close } = await openReport(browser, input);
    for (const [plot, field] of [
      ['#curves', 'accuracy'],
      ['#volume', 'trial'],
      ['#latency', 'measured.latency'],
    ] as const) {
      await page.locator(plot).scrollIntoViewIfNeeded();
      const box = await page.locator(plot).boundingBox();
      if (box === null) throw new Error(`${plot} is not drawn`);
      await page.mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.3);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.8, box.y + box.height * 0.6, { steps: 5 });
      await page.mouse.up();
      const chips = (await page.locator('#brushes button').allInnerTexts()).join(' ');
      expect(chips, plot).toContain(`<= ${field} <=`);
      expect(await page.locator('#filter-count').innerText()).toMatch(/^\d+ of 60 trials$/);
      await page.locator('#clear').click();
    }
    const point = page.locator('#latency .scatterlayer .point').last();
    await page.locator('#latency').scrollIntoViewIfNeeded();
    const box = await point.boundingBox();
    if (box === null) throw new Error('no point');
    const before = await page.locator('#details-title').innerText();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 3 });
    await page.waitForTimeout(150);
    await page.mouse.down();
    await page.mouse.up();
    await expect.poll(() => page.locator('#details-title').innerText()).not.toBe(before);
    expect(complaints).toEqual([]);
    await close();
  });

  test.each([
    [1280, 'light'],
    [1280, 'dark'],
    [400, 'light'],
    [400, 'dark'],
  ] as const)(
    'a trial’s page at %d pixels, %s: by keyboard, without a finding of axe-core',
    async (width, colorScheme) => {
      const input = measuredStudy({ trials: 40 });
      const promoted = input.promotions[0].trial;
      const { page, complaints, close } = await openReport(browser, input, { width, colorScheme });
      await page.locator('#open-page').focus();
      await page.keyboard.press('Enter');
      expect(await page.locator('#trial-page').isVisible()).toBe(true);
      expect(new URL(page.url()).hash).toContain('page');
      const text = await page.locator('#trial-page').innerText();
      for (const part of ['choices:', 'nas-distill promote', '--enqueue', 'params']) expect(text, part).toContain(part);
      if (text.includes(`Trial ${promoted}\n`)) expect(await page.locator('#trial-page .matrix').count()).toBe(2);
      expect(await page.locator('#trial-page').evaluate((it) => it.scrollWidth - it.clientWidth)).toBeLessThanOrEqual(
        0,
      );
      expect(await findingsOf(page)).toEqual([]);
      await page.locator('#trial-page-before').focus();
      const title = await page.locator('#trial-page-title').innerText();
      await page.keyboard.press('Enter');
      expect(await page.locator('#trial-page-title').innerText()).not.toBe(title);
      await page.keyboard.press('Escape');
      expect(await page.locator('#trial-page').isVisible()).toBe(false);
      // The address follows a frame later.
      await expect.poll(() => new URL(page.url()).hash).not.toContain('page');
      expect(await findingsOf(page)).toEqual([]);
      expect(complaints).toEqual([]);
      await close();
    },
  );

  test('hostile names stay text in every new part', async () => {
    const evil = hostileStudy();
    const made = measuredStudy({ trials: 30, name: hostile }, [hostile, `${hostile}𝕏`, 'bag']);
    const both = [made, { ...evil, study: { ...evil.study, name: `${hostile} too` } }];
    const { page, complaints, close } = await openReport(browser, both, { width: 400 });
    await page.locator('#filter').fill(`trial = ${made.promotions[0].trial}`);
    await page.locator('#table tbody tr').first().click();
    await page.locator('#filter').fill('');
    await page.locator('#open-page').click();
    expect(await page.locator('#trial-page').innerText()).toContain('<script>window.injected=1');
    await page.keyboard.press('Escape');
    for (const part of ['#standings', '#chips', '#legend', '#mistakes', '#compare-card', '#facts'])
      expect(await page.locator(part).count(), part).toBe(1);
    expect(await page.locator('#standings').innerText()).toContain('</script>');
    expect(await page.locator('#legend').innerText()).toContain('🦊');
    expect(await page.locator('#volume').textContent()).toContain('<img src=x');
    const sources = await page
      .locator('img')
      .evaluateAll((images) => images.map((image) => image.getAttribute('src') ?? ''));
    expect(sources.every((source) => source.startsWith('data:image/png;base64,'))).toBe(true);
    expect(await page.evaluate(() => Reflect.get(window, 'injected'))).toBeUndefined();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
    expect(complaints).toEqual([]);
    await close();
  });
});
