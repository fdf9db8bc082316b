import type { PackedReport } from '../packReport.js';
import { startAddress } from './address.js';
import { byId } from './dom.js';
import { drawnParts, firstView, painted, plainView, readableParts, runPlotly } from './everyPart.js';
import { inflate } from './inflate.js';
import type { Parts } from './Parts.js';
import { createReport } from './Report.js';
import { createSelection } from './selection.js';
import { createState } from './state.js';
import { spreadOut } from './spreadOut.js';
import { startTheme } from './theme.js';
import { unpackReport } from './unpackReport.js';

/** All that can be read without plotly first; then plotly, the main plot and the others, each in a task of its own. */
async function start(): Promise<void> {
  // Both are inflated beside the main thread; the second is not waited for yet.
  const [packed, plotly] = [inflate('report-data'), inflate('plotly-source')];
  // The file's own data, written by renderReport in this shape.
  const report = createReport((JSON.parse(await packed) as PackedReport[]).map(unpackReport));
  const state = createState(firstView(report.data));
  const parts: Parts = { report, state, selection: createSelection(report) };
  for (const startPart of [startTheme, ...readableParts]) startPart(parts);
  startAddress(state, () => report.data, plainView(report.data));
  await painted();
  runPlotly(await plotly);
  // The main plot follows at once, the others a frame each.
  const later: Parts = { ...parts, state: spreadOut(state, report.data.trials.length) };
  for (const startPart of drawnParts) {
    await painted();
    startPart(startPart === drawnParts[0] ? parts : later);
    performance.mark(startPart.name);
  }
  document.documentElement.dataset.ready = 'true';
}

start().catch((error: unknown) => {
  byId('verdict').textContent =
    `This report cannot be shown: ${error instanceof Error ? error.message : String(error)}`;
  throw error;
});
