import type { PackedReport } from '../packReport.js';
import { startCurves } from './curves.js';
import { startDetails } from './details.js';
import { byId } from './dom.js';
import { startComparison } from './comparison.js';
import { startFilterBar } from './filterBar.js';
import { startImportance } from './importanceView.js';
import { startTimeline } from './timeline.js';
import { createSelection } from './selection.js';
import { readAddress, startAddress } from './address.js';
import type { Parts } from './Parts.js';
import { startHeader } from './header.js';
import { inflate } from './inflate.js';
import { startParallel } from './parallel.js';
import { createReport } from './Report.js';
import { startScatter } from './scatter.js';
import { createState } from './state.js';
import { startTable } from './table.js';
import { startTheme, systemTheme } from './theme.js';
import { unpackReport } from './unpackReport.js';
import { startVolume } from './volume.js';

/** All that can be read without plotly first; then plotly, the main plot and the others, each in a task of its own. */
async function start(): Promise<void> {
  // Both are inflated beside the main thread; the second is not waited for yet.
  const [packed, plotly] = [inflate('report-data'), inflate('plotly-source')];
  // The file's own data, written by renderReport in this shape.
  const report = createReport(unpackReport(JSON.parse(await packed) as PackedReport));
  const { data } = report;
  const asked = readAddress();
  const state = createState({
    selected: asked.trial ?? data.verdict.best,
    metric: data.budgets[0]?.metric ?? 'bytes',
    scale: 'log',
    range: 'front',
    theme: systemTheme(),
    drag: 'select',
    filter: asked.filter,
    compared: [],
    over: 'trials',
  });
  const parts: Parts = { report, state, selection: createSelection(report) };
  for (const startPart of [startTheme, startHeader, startFilterBar, startDetails, startTable]) startPart(parts);
  startAddress(state);
  await painted();
  const script = document.createElement('script');
  script.textContent = await plotly;
  document.head.append(script);
  for (const startPart of [
    startScatter,
    startCurves,
    startVolume,
    startComparison,
    startImportance,
    startTimeline,
    startParallel,
  ]) {
    await painted();
    startPart(parts);
    performance.mark(startPart.name);
  }
  document.documentElement.dataset.ready = 'true';
}

/** After the next frame, or soon where the page is hidden and draws none. */
function painted(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 100);
    requestAnimationFrame(() => {
      clearTimeout(timer);
      setTimeout(resolve);
    });
  });
}

start().catch((error: unknown) => {
  byId('verdict').textContent =
    `This report cannot be shown: ${error instanceof Error ? error.message : String(error)}`;
  throw error;
});
