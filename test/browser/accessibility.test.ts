import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { syntheticStudy } from '../reports/syntheticStudy.js';
import { launchChromium, openReport } from './openReport.js';

const installed = existsSync(process.env.CHROMIUM ?? '/usr/bin/chromium') || process.env.REQUIRE_BROWSER !== undefined;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const findings = z.array(z.object({ id: z.string(), impact: z.string().nullable(), nodes: z.array(z.string()) }));

describe.skipIf(!installed)('the report read by axe-core', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
  });

  test.each([
    [1280, 'light'],
    [1280, 'dark'],
    [400, 'light'],
    [400, 'dark'],
  ] as const)('no finding at %d pixels, %s', async (width, colorScheme) => {
    const { page, close } = await openReport(browser, syntheticStudy({ trials: 40 }), { width, colorScheme });
    // Through the debugger, so that the page's content policy stays as it is.
    await page.evaluate(axe);
    const found: unknown = await page.evaluate(
      'axe.run(document).then((r) => r.violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map((n) => n.html.slice(0, 120)) })))',
    );
    expect(findings.parse(found)).toEqual([]);
    await close();
  });

  test('finds what is wrong', async () => {
    const { page, close } = await openReport(browser, syntheticStudy({ trials: 10 }));
    await page.evaluate(axe);
    await page.evaluate('document.body.append(Object.assign(document.createElement("img"), { src: "" }))');
    const found: unknown = await page.evaluate(
      'axe.run(document).then((r) => r.violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map((n) => n.html) })))',
    );
    expect(findings.parse(found).map(({ id }) => id)).toContain('image-alt');
    await close();
  });
});
