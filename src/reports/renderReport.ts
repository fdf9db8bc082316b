import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { deflateRawSync } from 'node:zlib';
import { NasDistillError } from '../core/errors.js';
import { clientScript } from './clientBundle.js';
import { packReport } from './packReport.js';
import type { ReportData } from './ReportData.js';
import { pageBody } from './page.js';
import { styles } from './styles/styles.js';

const require = createRequire(import.meta.url);

/** plotly adds its rules to a style element of this name if it finds one: nothing then has to be allowed at run time. */
const plotlyStyle = '/* filled by plotly */';

/** What a live page has besides a report: its own script, markup before `main`, rules; it may ask its own server. */
export interface LiveParts {
  readonly script: string;
  readonly markup: string;
  readonly styles: string;
}

/**
 * The report as one HTML document that needs nothing but a browser: no network, no other file. A content security
 * policy admits exactly the scripts and styles that are written here; names and reasons are data, set as text. Data and
 * plotly are embedded compressed; the client starts plotly once all that can be read without it is there to read.
 */
export function renderReport(data: ReportData): string {
  return renderDocument(data).html;
}

/** The document and its policy, which a server sends as a header too. */
export function renderDocument(data: ReportData, live?: LiveParts): { html: string; policy: string } {
  const plotly = plotlyScript();
  const client = live?.script ?? clientScript();
  const rules = live === undefined ? styles : styles + live.styles;
  const policy = [
    "default-src 'none'",
    `script-src ${hash(plotly)} ${hash(client)}`,
    `style-src ${hash(rules)} ${hash(plotlyStyle)}`,
    'img-src data: blob:',
    ...(live === undefined ? [] : ["connect-src 'self'"]),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(data.study.name)} · nas-distill</title>
<style>${rules}</style>
<style id="plotly.js-style-global">${plotlyStyle}</style>
</head>
<body>
${live === undefined ? pageBody : pageBody.replace('<main>', () => `${live.markup}\n<main>`)}
<script type="text/plain" id="report-data">${embed(JSON.stringify(packReport(data)))}</script>
<script type="text/plain" id="plotly-source">${embeddedPlotly()}</script>
<script>${client}</script>
</body>
</html>
`;
  return { html, policy };
}

/**
 * plotly as a classic script. Its list of further kinds of plots (maps, 3D, ...) is emptied: the page draws `scatter`
 * only, and what is not asked for is not even evaluated, half of the time that plotly takes to start. Its map part would
 * besides put a style sheet into the page as it loads.
 */
const plotlyScript = once(() => {
  const source = readFileSync(require.resolve('plotly.js-dist-min'), 'utf8');
  const kinds = /\.register\(\[(?:\w+\(\),)+\w+\(\)\]\)/g;
  if (source.match(kinds)?.length !== 1)
    throw new NasDistillError('INTERNAL', 'plotly registers its plots in an unknown way');
  return source.replace(kinds, '.register([])');
});

const embeddedPlotly = once(() => embed(plotlyScript()));

/** Text as raw DEFLATE in base64, which the page's own script reads back: small, and never markup. */
export function embed(text: string): string {
  return deflateRawSync(text, { level: 6 }).toString('base64');
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

export function escapeHtml(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => names[character]);
}

/** A text's digest as a content security policy names it. */
export function hash(content: string): string {
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
}
