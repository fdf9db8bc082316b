// How quickly a report is written and opens: `npm run build && node bench/report10k.mjs [trials] [--trace file]`.
// Prints one JSON line: milliseconds to gather, render and open (first text, last plot), the file's bytes, the frame times
// while the pointer hovers, brushes and scrolls, the main thread's longest task, and processor time (`…CpuMs`), which a busy
// machine does not change much. Needs Chromium (CHROMIUM names another).
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import ts from 'typescript';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const trials = Number(process.argv[2] ?? 10_000);
const traceFile = process.argv.includes('--trace') ? process.argv[process.argv.indexOf('--trace') + 1] : undefined;
const { buildReportData } = await import(join(root, 'dist/reports/buildReportData.js'));
const { renderReport } = await import(join(root, 'dist/reports/renderReport.js'));
const folder = mkdtempSync(join(tmpdir(), 'nas-distill-report-bench-'));

/** The tests' study, which is TypeScript, against the build. */
async function syntheticStudy(options) {
  const source = readFileSync(join(root, 'test/reports/syntheticStudy.ts'), 'utf8');
  const { outputText } = ts.transpileModule(source.replaceAll('../../src/', pathToFileURL(`${root}/dist/`).href), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  const file = join(folder, 'syntheticStudy.mjs');
  writeFileSync(file, outputText);
  return (await import(pathToFileURL(file).href)).syntheticStudy(options);
}

/** Frame times in milliseconds while `act` runs, from the page's own animation frames. */
async function framesDuring(page, act) {
  await page.evaluate(() => {
    window.frames_ = [];
    let last = performance.now();
    const tick = (now) => {
      window.frames_.push(now - last);
      last = now;
      window.frameLoop = requestAnimationFrame(tick);
    };
    window.frameLoop = requestAnimationFrame(tick);
  });
  await act();
  const frames = await page.evaluate(() => {
    cancelAnimationFrame(window.frameLoop);
    return window.frames_.slice(1);
  });
  const sorted = frames.sort((a, b) => a - b);
  const at = (share) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] * 10) / 10;
  return { frames: sorted.length, median: at(0.5), p95: at(0.95), worst: at(1) };
}

async function sweep(page, selector, { press = false, y = 0.6, steps = 60 } = {}) {
  const target = page.locator(selector);
  await target.scrollIntoViewIfNeeded();
  const box = await target.boundingBox();
  const from = [box.x + box.width * 0.2, box.y + box.height * 0.3];
  await page.mouse.move(...from);
  if (press) await page.mouse.down();
  for (let i = 0; i <= steps; i++) {
    await page.mouse.move(from[0] + (box.width * 0.6 * i) / steps, from[1] + (box.height * (y - 0.3) * i) / steps);
  }
  if (press) await page.mouse.up();
}

try {
  const input = await syntheticStudy({ trials, epochs: 4 });
  const start = performance.now();
  const cpu = process.cpuUsage();
  const data = buildReportData(input);
  const gathered = performance.now();
  const html = renderReport(data);
  const rendered = performance.now();
  const used = process.cpuUsage(cpu);
  const file = join(folder, 'report.html');
  writeFileSync(file, html);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const complaints = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.addInitScript(() => {
      window.tasks_ = [];
      new PerformanceObserver((list) => window.tasks_.push(...list.getEntries().map((e) => e.duration))).observe({
        type: 'longtask',
        buffered: true,
      });
    });
    // Thread time: what the page's main thread computed, whatever else the machine does.
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    if (traceFile !== undefined) await browser.startTracing(page, { path: traceFile });
    const opened = performance.now();
    await page.goto(pathToFileURL(file).href, { waitUntil: 'commit' });
    await page.waitForFunction(() => (document.getElementById('verdict')?.textContent ?? '') !== '');
    const textMs = performance.now() - opened;
    await page.waitForSelector('html[data-ready=true]', { state: 'attached' });
    const openMs = performance.now() - opened;
    if (traceFile !== undefined) await browser.stopTracing();
    const { metrics } = await session.send('Performance.getMetrics');
    const openCpuMs = 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN);
    const marks = await page.evaluate(() =>
      Object.fromEntries(performance.getEntriesByType('mark').map((mark) => [mark.name, Math.round(mark.startTime)])),
    );
    const longest = await page.evaluate(() => Math.max(0, ...window.tasks_));
    await page.waitForTimeout(500);
    const hover = await framesDuring(page, () => sweep(page, '#scatter'));
    const brush = await framesDuring(page, () => sweep(page, '#scatter', { press: true, y: 0.8 }));
    await page.waitForTimeout(300);
    const parallel = await framesDuring(page, () => sweep(page, '#parallel'));
    const scroll = await framesDuring(page, async () => {
      for (let i = 0; i < 40; i++) await page.mouse.wheel(0, i < 20 ? 90 : -90);
    });
    const round = (ms) => Math.round(ms);
    console.log(
      JSON.stringify({
        trials,
        gatherMs: round(gathered - start),
        renderMs: round(rendered - gathered),
        writeCpuMs: round((used.user + used.system) / 1000),
        bytes: Buffer.byteLength(html),
        textMs: round(textMs),
        openMs: round(openMs),
        openCpuMs: round(openCpuMs),
        longestTaskMs: round(longest),
        frames: { hover, brush, parallel, scroll },
        marks,
        complaints,
        load: loadavg()[0],
      }),
    );
  } finally {
    await browser.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
