import { join } from 'node:path';

/** Where everything that the tool stores lies, below the results directory. */
export function resultPaths(resultsDir: string) {
  return {
    database: join(resultsDir, 'nas-distill.db'),
    data: join(resultsDir, 'data'),
    teachers: join(resultsDir, 'teachers'),
    teacherCache: join(resultsDir, 'cache', 'teacher'),
    devices: join(resultsDir, 'devices'),
    blocks: join(resultsDir, 'blockwise'),
    weights: join(resultsDir, 'weights'),
    checkpoints: join(resultsDir, 'checkpoints'),
    parallelism: join(resultsDir, 'parallelism.json'),
    promoted: join(resultsDir, 'promoted'),
  };
}
