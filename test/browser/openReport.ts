import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { buildReportData, type ReportInput } from '../../src/reports/buildReportData.js';
import { renderReport } from '../../src/reports/renderReport.js';

/** Chromium as installed by the system's package manager; CHROMIUM names another. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export interface OpenedReport {
  readonly page: Page;
  /** Console errors, uncaught errors, violations of the content policy, requests that are not the file itself. */
  readonly complaints: string[];
  /** Milliseconds until the last plot was drawn. */
  readonly openMs: number;
  close(): Promise<void>;
}

/** Writes the study's report into a temporary folder and opens it from file://. */
export async function openReport(
  browser: Browser,
  input: ReportInput | readonly ReportInput[],
  options: { width?: number; height?: number; colorScheme?: 'light' | 'dark' } = {},
): Promise<OpenedReport> {
  const folder = mkdtempSync(join(tmpdir(), 'nas-distill-report-'));
  const file = join(folder, 'report.html');
  writeFileSync(file, renderReport(('trials' in input ? [input] : input).map(buildReportData)));
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1280, height: options.height ?? 900 },
    colorScheme: options.colorScheme ?? 'light',
  });
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
  const url = pathToFileURL(file).href;
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== url) complaints.push(`request: ${request.url().slice(0, 100)}`);
  });
  const start = performance.now();
  await page.goto(url);
  await page.waitForSelector('html[data-ready=true]', { state: 'attached' });
  const openMs = performance.now() - start;
  return {
    page,
    complaints,
    openMs,
    close: async () => {
      await context.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
