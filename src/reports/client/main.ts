import type { ReportData } from '../ReportData.js';
import { startCurves } from './curves.js';
import { startDetails } from './details.js';
import { byId } from './dom.js';
import { startHeader } from './header.js';
import { startParallel } from './parallel.js';
import { createReport } from './Report.js';
import { startScatter } from './scatter.js';
import { createState } from './state.js';
import { startTable } from './table.js';
import { startTheme, systemTheme } from './theme.js';
import { startVolume } from './volume.js';

// The file's own data, written by renderReport in this shape.
const data: ReportData = JSON.parse(byId('report-data').textContent ?? '');
const report = createReport(data);
const asked = /^#trial=(\d+)$/.exec(location.hash);
const state = createState({
  selected: asked === null ? data.verdict.best : Number(asked[1]),
  metric: data.budgets[0]?.metric ?? 'bytes',
  scale: 'log',
  range: 'front',
  theme: systemTheme(),
});

startTheme(state);
startHeader(report, state);
startDetails(report, state);
startTable(report, state);
// The plots wait for plotly, the large script after this one: meanwhile all that can be read is there to read.
document.addEventListener('DOMContentLoaded', () => {
  startScatter(report, state);
  // The rest lies below the fold, so that a study of thousands opens at once.
  setTimeout(() => {
    startCurves(report, state);
    startVolume(report, state);
    startParallel(report, state);
    document.documentElement.dataset.ready = 'true';
  });
});
state.listen(['selected'], (view) => {
  history.replaceState(null, '', view.selected === null ? '#' : `#trial=${view.selected}`);
});
