import { clientScript } from '../reports/clientBundle.js';
import { buildReportData } from '../reports/buildReportData.js';
import type { ReportData } from '../reports/ReportData.js';
import { embed, hash, renderDocument } from '../reports/renderReport.js';
import { styles } from '../reports/styles/styles.js';
import { NasDistillError } from '../core/errors.js';
import type { TrialStore } from '../store/types.js';
import { liveMarkup } from './liveMarkup.js';
import { liveStyles } from './liveStyles.js';
import type { ListedStudy } from './listStudies.js';

export interface Page {
  readonly html: string;
  readonly policy: string;
}

const mostKept = 4;
const scripts = new Map<string, string>();
/** Read from the build once: a server lives long. */
function scriptOf(entry: string): string {
  const known = scripts.get(entry) ?? clientScript('dashboard', entry);
  scripts.set(entry, known);
  return known;
}

/**
 * All that the report shows of each study; made again only after something was committed, so that many pages that ask
 * at once cost one. The last few studies are kept.
 */
export function createReportCache(store: TrialStore): (name: string) => ReportData {
  const made = new Map<string, { readonly version: number; readonly data: ReportData }>();
  return (name) => {
    const version = store.version();
    const known = made.get(name);
    if (known?.version === version) return known.data;
    const data = reportDataOf(store, name);
    made.delete(name);
    made.set(name, { version, data });
    for (const oldest of [...made.keys()].slice(0, -mostKept)) made.delete(oldest);
    return data;
  };
}

/** @throws NasDistillError NOT_FOUND */
function reportDataOf(store: TrialStore, name: string): ReportData {
  const study = store.study(name);
  if (study === undefined) throw new NasDistillError('NOT_FOUND', `there is no study '${name}'`);
  return buildReportData({ study, trials: store.trials(name), promotions: store.promotions(name) });
}

/** The report of a study with the live part above it. */
export function studyPage(data: ReportData): Page {
  return renderDocument(data, { script: scriptOf('study'), markup: liveMarkup, styles: liveStyles });
}

/** Every study in the results directory, kept up to date. */
export function indexPage(studies: readonly ListedStudy[]): Page {
  const script = scriptOf('index');
  const rules = styles + liveStyles;
  const policy = [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(rules)}`,
    "connect-src 'self'",
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
<title>Studies · nas-distill</title>
<style>${rules}</style>
</head>
<body>
<header class="top"><div class="bar"><span class="brand">nas-distill</span></div><p id="verdict" role="status"></p></header>
<main><section class="card wide" aria-labelledby="studies-title">
<div class="head"><h1 id="studies-title">Studies</h1></div>
<div id="studies" tabindex="0" role="region" aria-label="Table of studies"></div>
<p id="live-fault" role="alert"></p>
</section></main>
<noscript><p class="card">This page needs JavaScript.</p></noscript>
<script type="text/plain" id="studies-data">${embed(JSON.stringify(studies))}</script>
<script>${script}</script>
</body>
</html>
`;
  return { html, policy };
}
