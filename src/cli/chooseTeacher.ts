import type { DataOptions } from '../data/DataOptions.js';
import type { Dataset } from '../data/Dataset.js';
import { taskOf } from '../tasks/registry.js';
import { listTeachers, readRecord } from '../teachers/teacherFiles.js';
import type { TeacherRecord } from '../teachers/TeacherRecord.js';
import type { Io } from './Io.js';
import { resultPaths } from './paths.js';
import { trainReference } from './trainReference.js';

/**
 * The teacher of a study: the named one; else the newest that was trained on this data; else, said aloud, the small
 * reference teacher of the task is trained now, so that `search` works from nothing.
 */
export async function chooseTeacher(
  io: Io,
  name: string | undefined,
  dataset: Dataset,
  options: { engine: string; data: string; dataOptions: DataOptions; epochs: number },
): Promise<TeacherRecord> {
  const { teachers } = resultPaths(io.resultsDir);
  if (name !== undefined) return readRecord(teachers, name);
  const fitting = listTeachers(teachers).find((record) => record.trainedOn?.datasetDigest === dataset.digest);
  if (fitting) {
    io.progress.info(`teacher ${fitting.name}: the newest that was trained on ${dataset.name}`);
    return fitting;
  }
  const { teacher } = taskOf(dataset);
  io.progress.info(
    `no teacher for ${dataset.name} yet: training the reference ${teacher} (nas-distill teacher train|import for another)`,
  );
  return trainReference(io, {
    data: options.data,
    size: 'tiny',
    family: teacher,
    epochs: options.epochs,
    seed: 1,
    engine: options.engine,
    name: undefined,
    dataOptions: options.dataOptions,
  });
}
