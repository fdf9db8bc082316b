import { clientScript } from '../reports/clientBundle.js';
import type { ReportData } from '../reports/ReportData.js';
import { embed, renderPage, type Page } from '../reports/renderPage.js';
import { renderDocument } from '../reports/renderReport.js';
import { styles } from '../reports/styles/styles.js';
import { reportDataOf, type ReportPlace } from '../reports/writeReport.js';
import type { TrialStore } from '../store/types.js';
import { liveMarkup, severalMarkup } from './liveMarkup.js';
import { liveStyles } from './liveStyles.js';
import type { ListedStudy } from './listStudies.js';

/** As many as a page compares, and one more. */
const mostKept = 7;
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
export function createReportCache(store: TrialStore, place?: ReportPlace): (name: string) => ReportData {
  const made = new Map<string, { readonly version: number; readonly data: ReportData }>();
  return (name) => {
    const version = store.version();
    const known = made.get(name);
    if (known?.version === version) return known.data;
    const data = reportDataOf(store, name, place);
    made.delete(name);
    made.set(name, { version, data });
    for (const oldest of [...made.keys()].slice(0, -mostKept)) made.delete(oldest);
    return data;
  };
}

/** The report of a study with the live part above it. */
export function studyPage(data: ReportData): Page {
  return renderDocument(data, { script: scriptOf('study'), markup: liveMarkup, styles: liveStyles });
}

/** Several studies beside each other, with a live part above. */
export function comparisonPage(studies: readonly ReportData[]): Page {
  return renderDocument(studies, { script: scriptOf('compare'), markup: severalMarkup, styles: liveStyles });
}

/** Every study in the results directory, kept up to date. */
export function indexPage(studies: readonly ListedStudy[]): Page {
  return renderPage({
    title: 'Studies',
    body: `<header class="top"><div class="bar"><span class="brand">nas-distill</span></div><p id="verdict" role="status"></p></header>
<main><section class="card wide" aria-labelledby="studies-title">
<div class="head"><h1 id="studies-title">Studies</h1></div>
<div class="controls compare-studies"><span id="compare-hint" role="status"></span><a class="quiet" id="compare-studies" hidden>Compare</a></div>
<div id="studies" tabindex="0" role="region" aria-label="Table of studies"></div>
<p id="live-fault" role="alert"></p>
</section></main>
<noscript><p class="card">This page needs JavaScript.</p></noscript>`,
    data: { 'studies-data': embed(JSON.stringify(studies)) },
    script: scriptOf('index'),
    styles: styles + liveStyles,
    live: true,
  });
}
