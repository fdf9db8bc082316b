/// <reference lib="dom" />
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allowedHosts } from '../../src/dashboard/allowedHosts.js';
import { startDashboard, type RunningDashboard } from '../../src/dashboard/startDashboard.js';
import { openStore } from '../../src/store/openStore.js';
import type { TrialStore } from '../../src/store/types.js';
import { start } from '../cli/process.js';
import { storeQuickTeacher } from '../cli/quickTeacher.js';
import { startedTrial } from '../cli/startedTrial.js';
import { writeStripes } from '../cli/stripes.js';
import { writeStudy, writeTrial } from '../dashboard/writeStudy.js';
import { hostile, hostileStudy, syntheticStudy } from '../reports/syntheticStudy.js';
import { launchChromium } from './openReport.js';

const installed = existsSync(process.env.CHROMIUM ?? '/usr/bin/chromium') || process.env.REQUIRE_BROWSER !== undefined;

describe.skipIf(!installed)('the dashboard in a browser', () => {
  let browser: Browser;
  let root: string;
  let database: string;
  let store: TrialStore;
  let dashboard: RunningDashboard;

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'nas-distill-dashboard-'));
    database = join(root, 'results', 'nas-distill.db');
    writeStudy(database, syntheticStudy({ trials: 30, name: 'watched' }), { trials: 40 });
    writeStudy(database, hostileStudy());
    store = openStore(database, { readonly: true });
    dashboard = await startDashboard({ store, hosts: allowedHosts('127.0.0.1'), pauseMs: 100 }, '127.0.0.1', 0);
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    await dashboard.close();
    store.close();
    rmSync(root, { recursive: true, force: true });
  });

  /** Opens a page of the dashboard; complaints are errors, violations of the policy and requests to anyone else. */
  async function open(
    path: string,
    width = 1280,
  ): Promise<{ page: Page; complaints: string[]; close(): Promise<void> }> {
    const context = await browser.newContext({ viewport: { width, height: 900 } });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(dashboard.url)) complaints.push(`request: ${request.url().slice(0, 100)}`);
    });
    await page.goto(new URL(path, dashboard.url).href);
    await page.waitForSelector('html[data-ready=true]', { state: 'attached' });
    return { page, complaints, close: () => context.close() };
  }

  test('new trials, failures and what workers do appear as they are written; what the reader chose stays', async () => {
    const { page, complaints, close } = await open('/studies/watched');
    expect(await page.locator('#live-title').innerText()).toBe('Stopped');
    expect(await page.locator('#table-sub').innerText()).toBe('30 trials');
    await page.locator('#sort-params').click();
    await page.locator('#filter').fill('bytes > 1');
    await page.locator('#table tbody tr').nth(2).click();
    const chosen = await page.locator('#table tr[aria-selected=true]').getAttribute('data-trial');

    const { trials } = syntheticStudy({ trials: 40, seed: 9 });
    const writer = openStore(database);
    const finished = { ...trials.find((t) => t.state === 'COMPLETE' && t.origin === 'search')! };
    writeTrial(writer, 'watched', { ...finished, architectureId: 'new 1' });
    writeTrial(writer, 'watched', {
      ...finished,
      architectureId: 'new 2',
      state: 'FAILED',
      metrics: {},
      reason: hostile,
      rungs: [],
      launches: [],
    });
    writeTrial(writer, 'watched', { ...finished, architectureId: 'new 3', state: 'RUNNING', worker: 1 });
    await expect.poll(() => page.locator('#live-title').innerText()).toBe('Running');
    await expect.poll(() => page.locator('#live-workers').innerText()).toMatch(/worker 1 trial 33, epoch 6 of 6, /);
    await expect.poll(() => page.locator('#live-failures').innerText()).toContain('window.injected=1');
    await expect.poll(() => page.locator('#live-sub').innerText()).toContain('40 trials');
    await expect.poll(() => page.locator('#table-sub').innerText(), { timeout: 20_000 }).toBe('33 trials');

    // The same trial is selected, the table sorted as before, the query still there, every plot drawn again.
    expect(await page.locator('#table th[aria-sort=ascending]').innerText()).toContain('Parameters');
    expect(await page.locator('#filter').inputValue()).toBe('bytes > 1');
    expect(await page.locator('#details-title').innerText()).toContain(`Trial ${chosen}`);
    for (const plot of ['#scatter', '#curves', '#volume']) {
      expect(await page.locator(`${plot} svg.main-svg`).count()).toBeGreaterThan(0);
    }
    expect(await page.locator('#verdict').innerText()).not.toBe('');

    // The report holds still on request, and tells what it holds back.
    await page.locator('#live-follow').click();
    writer.finish('watched', 33, { state: 'COMPLETE', metrics: finished.metrics });
    await expect.poll(() => page.locator('#live-new').innerText()).toBe('1 new');
    await page.locator('#live-follow').click();
    await expect.poll(() => page.locator('#table tbody').innerText(), { timeout: 20_000 }).not.toContain('running');
    writer.close();
    await expect.poll(() => page.locator('#live-title').innerText()).toBe('Stopped');
    expect(await page.evaluate(() => Reflect.get(window, 'injected'))).toBeUndefined();
    expect(complaints).toEqual([]);
    await close();
  });

  test('a study whose every text is hostile stays text, from the list to the failures', async () => {
    const { page, complaints, close } = await open('/');
    expect(await page.locator('.studies tbody tr').count()).toBe(2);
    await page.locator('.studies a', { hasText: 'window.injected' }).click();
    await page.waitForSelector('html[data-ready=true] #live-failures li', { state: 'attached' });
    expect(await page.locator('#title').innerText()).toContain('<img src=x onerror=');
    expect(await page.locator('#live-failures').innerText()).toContain('𝕏🦊');
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.evaluate(() => Reflect.get(window, 'injected'))).toBeUndefined();
    expect(complaints).toEqual([]);
    await close();
  });

  test('fits a phone', async () => {
    const { page, complaints, close } = await open('/studies/watched', 400);
    const [inside, outside] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(inside).toBeLessThanOrEqual(outside);
    expect(complaints).toEqual([]);
    await close();
  });

  test('follows a real search from its first trial to its end', async () => {
    const data = writeStripes(join(root, 'stripes'));
    storeQuickTeacher(join(root, 'results', 'teachers'));
    const since = Date.now();
    const search = start(
      [
        ...['--results', join(root, 'results'), 'search', '--data', data, '--space', 'minimal', '--study', 'real'],
        ...['--teacher', 'quick', '--budget', '20KB', '--trials', '8', '--epochs', '3', '--workers', '2'],
        ...['--no-report', '--json'],
      ],
      100_000,
    );
    await startedTrial(database, since);
    const { page, complaints, close } = await open('/studies/real');
    expect(await page.locator('#live-title').innerText()).toMatch(/Running|Finished/);
    const { code, stderr } = await search.ended;
    expect([code, stderr.includes('nas-distill:')]).toEqual([0, false]);
    await expect.poll(() => page.locator('#live-title').innerText()).toBe('Finished');
    const ended = store.trials('real').filter((trial) => trial.state === 'COMPLETE').length;
    expect(ended).toBeGreaterThanOrEqual(8);
    await expect.poll(() => page.locator('#table-sub').innerText(), { timeout: 20_000 }).toBe(`${ended} trials`);
    await expect.poll(() => page.locator('#live-sub').innerText()).toContain('8 of 8 trials');
    expect(complaints).toEqual([]);
    await close();
  }, 120_000);
});
