import { createHash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildReportData } from '../../src/reports/buildReportData.js';
import { bundleModules } from '../../src/reports/clientBundle.js';
import { embed } from '../../src/reports/renderPage.js';
import { renderReport } from '../../src/reports/renderReport.js';
import { unpackReport } from '../../src/reports/client/unpackReport.js';
import type { PackedReport } from '../../src/reports/packReport.js';
import { hostile, hostileStudy } from './syntheticStudy.js';

describe('renderReport', () => {
  const data = buildReportData(hostileStudy());
  const html = renderReport(data);

  const read = (id: string) => {
    const embedded = new RegExp(`id="${id}">([A-Za-z0-9+/=]*)</script>`).exec(html)?.[1] ?? '';
    return inflateRawSync(Buffer.from(embedded, 'base64')).toString();
  };

  test('nothing hostile is markup', () => {
    expect(html).not.toContain('<img');
    expect(html.includes('<script>window.injected')).toBe(false);
    expect(read('report-data').split('window.injected').length).toBeGreaterThan(10);
    // Data, plotly, client, and nothing else.
    expect(html.match(/<script[^>]*>/g)?.filter((tag) => !tag.includes("'"))).toHaveLength(3);
  });

  test('the policy admits the scripts and styles by their digest and nothing from outside', () => {
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    const digest = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    const scripts = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map((match) => match[1]);
    expect(scripts).toHaveLength(1);
    for (const script of [...scripts, read('plotly-source')]) expect(policy).toContain(digest(script));
    const styles = [...html.matchAll(/<style[^>]*>([\s\S]*?)<\/style>/g)].map((match) => match[1]);
    for (const style of styles.slice(0, 2)) expect(policy).toContain(digest(style));
  });

  test('the embedded data reads back unchanged', () => {
    expect(inflateRawSync(Buffer.from(embed(hostile), 'base64')).toString()).toBe(hostile);
    const back = (JSON.parse(read('report-data')) as PackedReport[]).map(unpackReport);
    expect(back).toEqual([JSON.parse(JSON.stringify(data))]);
  });

  test('asks the network for nothing', () => {
    expect(html).not.toMatch(/(src|href)="(?!data:)/);
    expect(html).not.toMatch(/@import|url\(/);
  });

  test('plotly keeps its licence and starts without the plots that are not drawn', () => {
    const plotly = read('plotly-source');
    expect(plotly).toContain('Licensed under the MIT license');
    expect(plotly).toContain('.register([])');
  });
});

describe('bundleModules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nas-distill-bundle-'));
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  test('joins modules with aliases; equal names inside them do not meet', () => {
    write('a.js', 'const own = 20;\nexport const value = own + 1;\nexport function twice(x) {\n  return 2 * x;\n}\n');
    const entry = write(
      'b.js',
      "import { value as other, twice } from './a.js';\nconst own = 1;\nglobalThis.bundled = twice(other) + own;\n",
    );
    new Function(bundleModules(entry))();
    expect(Reflect.get(globalThis, 'bundled')).toBe(43);
  });

  test('refuses what it does not understand', () => {
    expect(() => bundleModules(write('c.js', "import * as all from './a.js';\n"))).toThrow('cannot bundle');
    write('d.js', "import { e } from './e.js';\nexport const d = 1;\n");
    expect(() => bundleModules(write('e.js', "import { d } from './d.js';\nexport const e = d;\n"))).toThrow('cycle');
    expect(() => bundleModules(join(folder, 'none.js'))).toThrow('is missing');
  });
});
