import { readAddress } from './address.js';
import { startComparison } from './comparison.js';
import { startCurves } from './curves.js';
import { startDetails } from './details.js';
import { startFilterBar } from './filterBar.js';
import { startHeader } from './header.js';
import { startImportance } from './importanceView.js';
import { startLatency } from './latencyView.js';
import { startLosses } from './lossesView.js';
import { startMistakes } from './mistakes.js';
import { startParallel } from './parallel.js';
import { startScatter } from './scatter.js';
import type { PageData, PageTrial } from './PageData.js';
import { noFilter } from './selection.js';
import { mostCompared, type View } from './state.js';
import { startTable } from './table.js';
import { systemTheme } from './theme.js';
import { startTimeline } from './timeline.js';
import { startTrialPage } from './trialPage.js';
import { startVolume } from './volume.js';

/** Parts that can be read without plotly. */
export const readableParts = [startHeader, startFilterBar, startDetails, startTable, startMistakes, startTrialPage];
/** Parts that are drawn; they need plotly. */
export const drawnParts = [
  startScatter,
  startCurves,
  startVolume,
  startComparison,
  startImportance,
  startTimeline,
  startLosses,
  startLatency,
  startParallel,
];

/** What a reader sees first: what the address asks for, else the best student. */
export function firstView(data: PageData): View {
  const asked = readAddress(data);
  const first = plainView(data);
  const [x, y] = [asked.x ?? first.x, asked.y ?? first.y];
  return {
    ...first,
    selected: asked.trial ?? first.selected,
    filter: asked.filter,
    compared: asked.compared.slice(0, mostCompared),
    page: asked.page,
    ...(x === y ? {} : { x, y }),
  };
}

/** What a page shows that is asked for nothing. */
export function plainView(data: PageData): View {
  return {
    selected: bestOf(data),
    x: data.studies[0].budgets[0]?.metric ?? 'bytes',
    y: 'accuracy',
    scale: 'log',
    range: 'front',
    theme: systemTheme(),
    drag: 'select',
    filter: noFilter,
    compared: [],
    over: 'trials',
    page: false,
  };
}

/** Key of the best student of all studies. */
export function bestOf({ studies, trials }: PageData): number | null {
  const best = new Set(studies.map(({ index, verdict }) => `${index} ${verdict.best ?? ''}`));
  const candidates = trials.filter((trial) => best.has(`${trial.study} ${trial.number}`));
  return (
    candidates.reduce<PageTrial | null>((a, b) => (a === null || (b.accuracy ?? 0) > (a.accuracy ?? 0) ? b : a), null)
      ?.key ?? null
  );
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
