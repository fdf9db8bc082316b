import { isCostName, type CostName } from '../costs/CostModel.js';
import { NasDistillError } from '../core/errors.js';
import { frontSvg } from '../reports/pictures/frontSvg.js';
import { pictureStudy } from '../reports/pictures/PictureStudy.js';
import { costOf } from '../reports/pictures/values.js';
import type { StudyRecord, TrialStore } from '../store/types.js';
import { toCsv } from './csv.js';
import { trialsDocument, trialsRows } from './trialsDocument.js';

/** What `report` writes besides HTML: for papers, chats and other programs. */
export const outsideFormats = ['png', 'svg', 'csv', 'json'] as const;
export type OutsideFormat = (typeof outsideFormats)[number];

/** @throws NasDistillError NOT_FOUND if there is nothing to draw, USAGE for a cost that the studies do not have */
export async function outsideDocument(
  store: TrialStore,
  studies: readonly StudyRecord[],
  format: OutsideFormat,
  asked: string | undefined,
): Promise<string | Buffer> {
  if (format === 'csv' || format === 'json') {
    const stored = studies.map((study) => ({ study, trials: store.trials(study.name) }));
    if (format === 'csv') return `${toCsv(trialsRows(stored))}\n`;
    return `${JSON.stringify({ studies: stored.map(trialsDocument) }, null, 2)}\n`;
  }
  const drawn = studies.map((study) => pictureStudy(store, study));
  if (drawn.every(({ trials }) => trials.length === 0)) {
    throw new NasDistillError('NOT_FOUND', 'no trial is complete yet: there is nothing to draw', {
      hint: 'Wait for the first, or see: nas-distill status',
    });
  }
  const cost = costNamed(asked ?? drawn[0].budgets[0]?.metric ?? 'bytes');
  if (!drawn.some(({ trials }) => trials.some((trial) => costOf(trial, cost) > 0))) {
    throw new NasDistillError(
      'USAGE',
      `no trial of ${studies.map(({ name }) => name).join(', ')} has the cost ${cost}`,
      {
        hint: `They have: ${Object.keys(drawn.flatMap(({ trials }) => trials)[0].costs).join(', ')}.`,
      },
    );
  }
  const svg = frontSvg(drawn, { cost, width: 1000, height: 640 });
  if (format === 'svg') return svg;
  // sharp takes a fifth of a second to load, and only this format uses it.
  const { toPng } = await import('../reports/pictures/toPng.js');
  return toPng(svg, 2);
}

function costNamed(name: string): CostName {
  if (isCostName(name)) return name;
  throw new NasDistillError('USAGE', `there is no cost '${name}'`, {
    hint: 'Use bytes, params, macs, memory, latency or latency:DEVICE.',
  });
}
