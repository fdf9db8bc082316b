import type { ReportData } from '../ReportData.js';
import { readAddress } from './address.js';
import { startComparison } from './comparison.js';
import { startCurves } from './curves.js';
import { startDetails } from './details.js';
import { startFilterBar } from './filterBar.js';
import { startHeader } from './header.js';
import { startImportance } from './importanceView.js';
import { startParallel } from './parallel.js';
import { startScatter } from './scatter.js';
import type { View } from './state.js';
import { startTable } from './table.js';
import { systemTheme } from './theme.js';
import { startTimeline } from './timeline.js';
import { startVolume } from './volume.js';

/** Parts that can be read without plotly. */
export const readableParts = [startHeader, startFilterBar, startDetails, startTable];
/** Parts that are drawn; they need plotly. */
export const drawnParts = [
  startScatter,
  startCurves,
  startVolume,
  startComparison,
  startImportance,
  startTimeline,
  startParallel,
];

/** What a reader sees first: what the address asks for, else the best student. */
export function firstView(data: ReportData): View {
  const asked = readAddress();
  return {
    selected: asked.trial ?? data.verdict.best,
    metric: data.budgets[0]?.metric ?? 'bytes',
    scale: 'log',
    range: 'front',
    theme: systemTheme(),
    drag: 'select',
    filter: asked.filter,
    compared: [],
    over: 'trials',
  };
}

/** Runs plotly's source; what it defines is there afterwards. */
export function runPlotly(source: string): void {
  const script = document.createElement('script');
  script.textContent = source;
  document.head.append(script);
}

/** After the next frame, or soon where the page is hidden and draws none. */
export function painted(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 100);
    requestAnimationFrame(() => {
      clearTimeout(timer);
      setTimeout(resolve);
    });
  });
}
