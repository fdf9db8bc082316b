import { atomicWrite } from '../core/atomicWrite.js';
import { NasDistillError } from '../core/errors.js';
import type { TrialStore } from '../store/types.js';
import { buildReportData } from './buildReportData.js';
import { gatherAnswers } from './gatherAnswers.js';
import { readPredictions } from './readPredictions.js';
import { renderReport } from './renderReport.js';
import type { ReportData } from './ReportData.js';

/** As many as have a colour and a shape each (client/studyMarks.ts). */
export const mostStudies = 6;

export interface ReportPlace {
  /** Where the promoted students' directories lie; without it the report has no confusion matrices. */
  readonly resultsDir?: string;
  /** Hears of what could not be shown. */
  readonly complain?: (message: string) => void;
}

/**
 * All that the report of a study shows.
 * @throws NasDistillError NOT_FOUND (no such study)
 */
export function reportDataOf(store: TrialStore, study: string, { resultsDir, complain }: ReportPlace = {}): ReportData {
  const record = store.study(study);
  if (record === undefined) {
    const known = store.studies().map((item) => item.name);
    throw new NasDistillError('NOT_FOUND', `no study named '${study}'`, {
      hint: known.length === 0 ? 'Start one with: nas-distill search --budget 8MB' : `There are: ${known.join(', ')}.`,
    });
  }
  const promotions = store.promotions(study);
  const trials = store.trials(study);
  const answers = gatherAnswers(store, study, trials);
  return buildReportData({
    study: record,
    trials,
    promotions,
    ...(answers === undefined ? {} : { answers }),
    ...(resultsDir === undefined ? {} : { predictions: readPredictions(resultsDir, promotions, complain) }),
  });
}

/**
 * Several studies, each once, in the order in which they are named.
 * @throws NasDistillError USAGE for more than can be told apart, NOT_FOUND
 */
export function reportDataOfAll(store: TrialStore, studies: readonly string[], place?: ReportPlace): ReportData[] {
  const names = [...new Set(studies)];
  if (names.length > mostStudies) {
    throw new NasDistillError('USAGE', `${names.length} studies are more than one report can show`, {
      hint: `Name ${mostStudies} at most.`,
    });
  }
  return names.map((name) => reportDataOf(store, name, place));
}

/**
 * Writes the report of one or more studies as one HTML file, atomically.
 * @returns the file's size in bytes, and what it shows: of the first study, and of all
 * @throws NasDistillError NOT_FOUND (no such study), USAGE (too many), STORAGE or STORAGE_FULL naming the file
 */
export function writeReport(
  store: TrialStore,
  studies: string | readonly string[],
  file: string,
  place?: ReportPlace,
): { bytes: number; data: ReportData; all: readonly ReportData[] } {
  const all = reportDataOfAll(store, typeof studies === 'string' ? [studies] : studies, place);
  return { bytes: writeReportOf(all, file), data: all[0], all };
}

/**
 * Writes a report of what was gathered, atomically.
 * @returns the file's size in bytes
 * @throws NasDistillError STORAGE or STORAGE_FULL naming the file
 */
export function writeReportOf(all: readonly ReportData[], file: string): number {
  const html = Buffer.from(renderReport(all));
  atomicWrite(file, html);
  return html.byteLength;
}
