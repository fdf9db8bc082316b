import { NasDistillError } from '../../core/errors.js';
import { catalogue, type CatalogueName } from '../../data/catalogue/index.js';
import { loadCatalogued, readManifest } from '../../data/catalogue/loadCatalogued.js';
import { listTeachers } from '../../teachers/teacherFiles.js';
import { openTeacher } from '../../teachers/openTeacher.js';
import { resultPaths } from '../paths.js';
import type { Finding } from './Check.js';

/** Every fetched data set against its digest, every teacher's files against theirs. */
export async function checkStored(resultsDir: string): Promise<Finding[]> {
  const { data, teachers } = resultPaths(resultsDir);
  const findings: Finding[] = [];
  for (const name of Object.keys(catalogue) as CatalogueName[]) {
    const finding = await found(`data ${name}`, async () => {
      if (readManifest(name, data) === undefined) return undefined;
      const { count } = await loadCatalogued(name, data);
      return `${count} examples, as published`;
    });
    if (finding !== undefined) findings.push(finding);
  }
  if (findings.length === 0) findings.push({ state: 'ok', what: 'data', found: 'none fetched yet' });
  const listed = await found('teachers', async () => {
    const records = listTeachers(teachers);
    for (const record of records) (await openTeacher(teachers, record)).dispose();
    return records.length === 0 ? 'none yet' : `${records.map(({ name }) => name).join(', ')}: whole`;
  });
  return listed === undefined ? findings : [...findings, listed];
}

async function found(what: string, look: () => Promise<string | undefined>): Promise<Finding | undefined> {
  try {
    const text = await look();
    return text === undefined ? undefined : { state: 'ok', what, found: text };
  } catch (error) {
    if (!(error instanceof NasDistillError)) throw error;
    return { state: 'fault', what, found: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) };
  }
}
