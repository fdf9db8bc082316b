import { atomicWrite } from '../core/atomicWrite.js';
import { NasDistillError } from '../core/errors.js';
import type { TrialStore } from '../store/types.js';
import { buildReportData } from './buildReportData.js';
import { renderReport } from './renderReport.js';
import type { ReportData } from './ReportData.js';

/**
 * Writes the report of a study as one HTML file, atomically.
 * @returns the file's size in bytes and what it shows
 * @throws NasDistillError NOT_FOUND (no such study), STORAGE or STORAGE_FULL naming the file
 */
export function writeReport(store: TrialStore, study: string, file: string): { bytes: number; data: ReportData } {
  const record = store.study(study);
  if (record === undefined) {
    const known = store.studies().map((item) => item.name);
    throw new NasDistillError('NOT_FOUND', `no study named '${study}'`, {
      hint: known.length === 0 ? 'Start one with: nas-distill search --budget 8MB' : `There are: ${known.join(', ')}.`,
    });
  }
  const data = buildReportData({ study: record, trials: store.trials(study), promotions: store.promotions(study) });
  const html = Buffer.from(renderReport(data));
  atomicWrite(file, html);
  return { bytes: html.byteLength, data };
}
