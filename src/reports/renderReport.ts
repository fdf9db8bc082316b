import { clientScript } from './clientBundle.js';
import { packReport } from './packReport.js';
import type { ReportData } from './ReportData.js';
import { pageBody } from './page.js';
import { embeddedPlotly, plotlyScript } from './plotlySource.js';
import { embed, renderPage, type Page } from './renderPage.js';
import { styles } from './styles/styles.js';

/** plotly adds its rules to a style element of this name if it finds one: nothing then has to be allowed at run time. */
const plotlyStyle = '/* filled by plotly */';

/** What a live page has besides a report: its own script, markup before `main`, rules; it may ask its own server. */
export interface LiveParts {
  readonly script: string;
  readonly markup: string;
  readonly styles: string;
}

/**
 * One or more studies as one HTML document that needs nothing but a browser: no network, no other file. Names and reasons
 * are data, set as text. Data and plotly are embedded compressed; the client starts plotly once all that can be read
 * without it is there to read.
 */
export function renderReport(studies: ReportData | readonly ReportData[]): string {
  return renderDocument(studies).html;
}

/** The document and its policy. */
export function renderDocument(studies: ReportData | readonly ReportData[], live?: LiveParts): Page {
  const list = 'trials' in studies ? [studies] : studies;
  return renderPage({
    title: list.map((data) => data.study.name).join(', '),
    body: live === undefined ? pageBody : pageBody.replace('<main>', () => `${live.markup}\n<main>`),
    data: { 'report-data': embed(JSON.stringify(list.map(packReport))), 'plotly-source': embeddedPlotly() },
    script: live?.script ?? clientScript(),
    styles: live === undefined ? styles : styles + live.styles,
    later: { scripts: [plotlyScript()], styles: { 'plotly.js-style-global': plotlyStyle } },
    live: live !== undefined,
  });
}
