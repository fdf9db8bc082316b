/// <reference lib="dom" />
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allowedHosts } from '../../src/dashboard/allowedHosts.js';
import { startDashboard, type RunningDashboard } from '../../src/dashboard/startDashboard.js';
import { openStore } from '../../src/store/openStore.js';
import { predictionsFile } from '../../src/store/Predictions.js';
import type { TrialStore } from '../../src/store/types.js';
import { launchChromium } from '../browser/openReport.js';
import { madePredictions } from '../reports/measuredStudy.js';
import { hostile, hostileStudy, syntheticStudy } from '../reports/syntheticStudy.js';
import { writeStudy, writeTrial } from './writeStudy.js';

const installed = existsSync(process.env.CHROMIUM ?? '/usr/bin/chromium') || process.env.REQUIRE_BROWSER !== undefined;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe.skipIf(!installed)('live pages: accessibility, comparison, mistakes', () => {
  const root = mkdtempSync(join(tmpdir(), 'nas-distill-live-'));
  const database = join(root, 'nas-distill.db');
  let browser: Browser;
  let store: TrialStore;
  let dashboard: RunningDashboard;

  beforeAll(async () => {
    const watched = syntheticStudy({ trials: 30, name: 'watched' });
    writeStudy(database, watched, { trials: 40 });
    writeStudy(database, syntheticStudy({ trials: 24, seed: 5, name: 'other' }));
    writeStudy(database, hostileStudy());
    const writer = openStore(database);
    const { trial } = watched.promotions[0];
    writer.recordPromotion('watched', { ...watched.promotions[0], directory: `promoted/${trial}` });
    writer.close();
    mkdirSync(join(root, 'promoted', String(trial)), { recursive: true });
    const text = JSON.stringify(madePredictions([hostile, 'coat', 'bag']));
    writeFileSync(join(root, 'promoted', String(trial), predictionsFile), text);
    store = openStore(database, { readonly: true });
    const options = { store, hosts: allowedHosts('127.0.0.1'), pauseMs: 100, resultsDir: root };
    dashboard = await startDashboard(options, '127.0.0.1', 0);
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    await dashboard.close();
    store.close();
    rmSync(root, { recursive: true, force: true });
  });

  async function open(path: string, width = 1280, colorScheme: 'light' | 'dark' = 'light') {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
    await page.goto(new URL(path, dashboard.url).href);
    await page.waitForSelector('html[data-ready=true]', { state: 'attached' });
    return { page, complaints, close: () => context.close() };
  }
  async function findings(page: Page): Promise<unknown> {
    await page.evaluate(axe);
    return await page.evaluate(
      'axe.run(document).then((r) => r.violations.map(({ id, nodes }) => ({ id, nodes: nodes.map((n) => n.html.slice(0, 160)) })))',
    );
  }

  test.each([
    ['/', 1280, 'light'],
    ['/', 400, 'dark'],
    ['/studies/watched', 1280, 'dark'],
    ['/studies/watched', 400, 'light'],
    ['/compare?study=watched&study=other', 1280, 'light'],
    ['/compare?study=watched&study=other', 400, 'dark'],
  ] as const)('axe-core finds nothing on %s at %d pixels, %s', async (path, width, colorScheme) => {
    const { page, complaints, close } = await open(path, width, colorScheme);
    if (path.startsWith('/studies')) await page.waitForSelector('#live-budgets li', { state: 'attached' });
    expect(await findings(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    expect(complaints).toEqual([]);
    await close();
  });

  test('studies are chosen in the list and shown beside each other', async () => {
    const { page, complaints, close } = await open('/');
    await page.locator('input[data-study=watched]').check();
    expect(await page.locator('#compare-hint').innerText()).toBe('Choose one more to compare');
    expect(await page.locator('#compare-studies').isVisible()).toBe(false);
    for (const box of await page.locator('.studies input').all()) await box.check();
    await page.locator('#compare-studies').click();
    await page.waitForSelector('html[data-ready=true] #standings tbody tr', { state: 'attached' });
    expect(await page.locator('#standings tbody tr').count()).toBe(3);
    expect(await page.locator('#standings').innerText()).toContain('<img src=x onerror=');
    expect(await page.evaluate(() => Reflect.get(window, 'injected'))).toBeUndefined();
    expect(complaints).toEqual([]);
    await close();
  });

  test('studies beside each other follow what happens in any of them', async () => {
    const { page, complaints, close } = await open('/compare?study=watched&study=other');
    await expect.poll(() => page.locator('#live-studies h3').allInnerTexts()).toEqual(['watched', 'other']);
    expect(await page.locator('#live-studies').innerText()).toMatch(/trials 28 of 40/);
    const before = await page.locator('#table-sub').innerText();
    expect(before).toBe('54 trials');
    await page.locator('#filter').fill('study = other');
    await expect.poll(() => page.locator('#filter-count').innerText()).toBe('24 of 54 trials');
    const writer = openStore(database);
    const finished = syntheticStudy({ trials: 40, seed: 11 }).trials.find(
      (t) => t.state === 'COMPLETE' && t.origin === 'search',
    )!;
    writeTrial(writer, 'other', { ...finished, architectureId: 'new other' });
    writer.close();
    await expect.poll(() => page.locator('#filter-count').innerText(), { timeout: 20_000 }).toBe('25 of 55 trials');
    expect(await page.locator('#filter').inputValue()).toBe('study = other');
    expect(complaints).toEqual([]);
    await close();
  });

  test('comparing asks for studies by name, a few of them', async () => {
    const ask = async (query: string) => (await fetch(new URL(`/compare${query}`, dashboard.url))).status;
    expect(await ask('')).toBe(400);
    expect(await ask('?study=watched&study=none')).toBe(404);
    expect(await ask('?study=..%2F..%2Fetc%2Fpasswd')).toBe(404);
    expect(await ask(`?${Array.from({ length: 7 }, (_, i) => `study=s${i}`).join('&')}`)).toBe(400);
    expect(await ask('?study=watched&study=watched')).toBe(200);
    for (const part of ['/data', '/events']) {
      expect(await ask(part)).toBe(400);
      expect(await ask(`${part}?study=none`)).toBe(404);
      expect(await ask(`${part}?study=..%2F..%2Fetc%2Fpasswd`)).toBe(404);
    }
  });

  test('an open trial’s page stays open, with its mistakes, while trials end', async () => {
    const { promotions } = syntheticStudy({ trials: 30, name: 'watched' });
    const { page, complaints, close } = await open(`/studies/watched#trial=${promotions[0].trial}&page=`);
    expect(await page.locator('#trial-page-title').innerText()).toBe(`Trial ${promotions[0].trial}`);
    expect(await page.locator('#trial-page .matrix').count()).toBe(2);
    expect(await page.locator('#trial-page .matrix').first().textContent()).toContain('<img src=x');
    const writer = openStore(database);
    const { trials } = syntheticStudy({ trials: 40, seed: 9 });
    const finished = trials.find((t) => t.state === 'COMPLETE' && t.origin === 'search')!;
    writeTrial(writer, 'watched', { ...finished, architectureId: 'new 1' });
    writer.close();
    await expect.poll(() => page.locator('#table-sub').textContent(), { timeout: 20_000 }).toBe('31 trials');
    expect(await page.locator('#trial-page').isVisible()).toBe(true);
    // One press, one step: listeners do not pile up.
    const front = await page.locator('#trial-page-title').innerText();
    await page.locator('#trial-page-before').click();
    const before = await page.locator('#trial-page-title').innerText();
    expect(before).not.toBe(front);
    await page.locator('#trial-page-after').click();
    expect(await page.locator('#trial-page-title').innerText()).toBe(front);
    expect(complaints).toEqual([]);
    await close();
  });
});
