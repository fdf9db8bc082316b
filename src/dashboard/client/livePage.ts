import { startAddress } from '../../reports/client/address.js';
import { byId } from '../../reports/client/dom.js';
import {
  bestOf,
  drawnParts,
  firstView,
  painted,
  plainView,
  readableParts,
  runPlotly,
} from '../../reports/client/everyPart.js';
import { inflate } from '../../reports/client/inflate.js';
import { createReport } from '../../reports/client/Report.js';
import { createSelection } from '../../reports/client/selection.js';
import { shellWord } from '../../reports/client/shellWord.js';
import { createState } from '../../reports/client/state.js';
import { startTheme } from '../../reports/client/theme.js';
import { unpackReport } from '../../reports/client/unpackReport.js';
import type { PackedReport } from '../../reports/packReport.js';
import { keepPlace } from './keepPlace.js';
import { createMounts } from './mounts.js';

const retireMs = 3000;

declare const Plotly: { purge(host: Element): void };

/**
 * The report of one or more studies, drawn as it is now.
 * @param follow begins the live part, which has the report drawn anew whenever trials ended
 */
export function startLivePage(follow: (redraw: (data: readonly PackedReport[]) => void) => void): void {
  start(follow).catch((error: unknown) => {
    byId('verdict').textContent =
      `This page cannot be shown: ${error instanceof Error ? error.message : String(error)}`;
    throw error;
  });
}

async function start(follow: Parameters<typeof startLivePage>[0]): Promise<void> {
  const [packed, plotly] = [inflate('report-data'), inflate('plotly-source')];
  const main = document.querySelector('main');
  if (main === null) throw new Error('the page has no main part');
  const skeleton = main.cloneNode(true);
  // Both are written by packReport in this shape.
  let report = createReport((JSON.parse(await packed) as PackedReport[]).map(unpackReport));
  const state = createState(firstView(report.data));
  const nextState = createMounts(state);
  const partsOf = () => ({ report, state: nextState(), selection: createSelection(report) });
  const foot = () => {
    byId('foot').textContent =
      `Live from nas-distill ${report.data.studies[0].version}; read-only. A file of it: ${reportCommand(report.data.studies)}`;
  };
  const first = partsOf();
  startTheme({ ...first, state });
  startAddress(state, () => report.data, plainView(report.data));
  for (const startPart of readableParts) startPart(first);
  foot();
  await painted();
  runPlotly(await plotly);
  for (const startPart of drawnParts) {
    await painted();
    startPart(first);
  }

  /** All within one task: nothing is painted in between. */
  const redraw = (fresh: readonly PackedReport[]): void => {
    const back = keepPlace();
    const before = bestOf(report.data);
    report = createReport(fresh.map(unpackReport));
    const old = document.querySelector('main');
    const { scrollX, scrollY } = window;
    old?.replaceWith(skeleton.cloneNode(true));
    retire([...(old?.querySelectorAll('.js-plotly-plot') ?? [])]);
    const parts = partsOf();
    // Who looks at the best student goes on looking at the best.
    if (state.get().selected === before) state.set({ selected: bestOf(report.data) });
    for (const startPart of [...readableParts, ...drawnParts]) startPart(parts);
    foot();
    back();
    window.scrollTo(scrollX, scrollY);
  };
  follow(redraw);
  document.documentElement.dataset.ready = 'true';
}

function reportCommand(studies: readonly { readonly name: string }[]): string {
  return studies.length < 2
    ? 'nas-distill report'
    : `nas-distill report ${studies.map(({ name }) => shellWord(name)).join(' ')}`;
}

/** Lets plotly forget plots that are gone; not at once, as one may still be at work on them. */
function retire(plots: readonly Element[]): void {
  setTimeout(() => plots.forEach((plot) => Plotly.purge(plot)), retireMs);
}
