import { requireWritable } from '../core/requireWritable.js';
import type { DataOptions } from '../data/DataOptions.js';
import { chooseEngine, openEngine } from '../engines/registry.js';
import type { TeacherSize } from '../models/teachers/ReferenceTeacher.js';
import type { ReferenceTeacherName } from '../models/teachers/registry.js';
import { checkTeacherName } from '../teachers/teacherFiles.js';
import type { TeacherRecord } from '../teachers/TeacherRecord.js';
import { trainTeacher } from '../teachers/trainTeacher.js';
import { cores } from './flags.js';
import type { Io } from './Io.js';
import { resultPaths } from './paths.js';
import { fullSplits, prepareDataset } from './prepareData.js';

export interface ReferenceOptions {
  readonly data: string;
  readonly dataOptions: DataOptions;
  readonly family: ReferenceTeacherName;
  readonly size: TeacherSize;
  /** Default: family, size and data. */
  readonly name?: string | undefined;
  readonly epochs: number;
  readonly seed: number;
  readonly engine: string;
}

/** Trains a reference teacher and stores it: `teacher train`, and `search` where there is none. */
export async function trainReference(out: Io, options: ReferenceOptions): Promise<TeacherRecord> {
  if (options.name !== undefined) checkTeacherName(options.name);
  const dataset = await prepareDataset(out, options.data, options.dataOptions);
  const name = options.name ?? defaultName(`${options.family}-${options.size}-${dataset.name}`);
  requireWritable(resultPaths(out.resultsDir).teachers);
  const chosen = await chooseEngine(options.engine);
  out.progress.info(`engine ${chosen.name}: ${chosen.why}`);
  const engine = await openEngine(chosen.name, { threads: cores() });
  try {
    return await trainTeacher({
      teachersDir: resultPaths(out.resultsDir).teachers,
      name,
      family: options.family,
      size: options.size,
      dataset,
      splits: fullSplits(dataset),
      engine,
      epochs: options.epochs,
      seed: options.seed,
      progress: out.progress,
    });
  } finally {
    engine.close();
  }
}

/** A folder of data may have any name; a teacher's becomes a folder too. */
function defaultName(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]+/g, '_').slice(0, 64);
}
