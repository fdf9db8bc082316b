import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { clientScript } from './clientBundle.js';
import type { ReportData } from './ReportData.js';
import { pageBody } from './page.js';
import { styles } from './styles/styles.js';

const require = createRequire(import.meta.url);

/** plotly adds its rules to a style element of this name if it finds one: nothing then has to be allowed at run time. */
const plotlyStyle = '/* filled by plotly */';

/**
 * The report as one HTML document that needs nothing but a browser: no network, no other file. A content security
 * policy admits exactly the scripts and styles that are written here; names and reasons are data, set as text.
 */
export function renderReport(data: ReportData): string {
  const plotly = plotlyScript();
  const client = clientScript();
  const policy = [
    "default-src 'none'",
    `script-src ${hash(plotly)} ${hash(client)}`,
    `style-src ${hash(styles)} ${hash(plotlyStyle)}`,
    'img-src data: blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(data.study.name)} · nas-distill</title>
<style>${styles}</style>
<style id="plotly.js-style-global">${plotlyStyle}</style>
</head>
<body>
${pageBody}
<script type="application/json" id="report-data">${embedJson(data)}</script>
<script>${client}</script>
<script>${plotly}</script>
</body>
</html>
`;
}

/** plotly as a classic script, without the style sheet that its map part (unused here) puts into the page as it loads. */
function plotlyScript(): string {
  return readFileSync(require.resolve('plotly.js-dist-min'), 'utf8')
    .replace(/(\.maplibregl-[^']*'),document\.head\.appendChild\(\w+\)/, '$1')
    .replaceAll('</script', '<\\/script');
}

/** JSON that cannot end the script element which holds it, nor open a comment in it. */
export function embedJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

export function escapeHtml(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => names[character]);
}

function hash(content: string): string {
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
}
