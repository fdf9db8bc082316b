// A study's data and training without its search, for benches that train students of their own.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const load = (path) => import(join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', path));
const { silent } = await load('core/progress.js');
const { createRng } = await load('core/rng.js');
const { openGround, openTeaching } = await load('cli/openStudy.js');
const { openStore } = await load('store/openStore.js');
const { parseStudyConfig } = await load('search/StudyConfig.js');
const { trainingOf } = await load('search/trainingOf.js');
const { readRecord } = await load('teachers/teacherFiles.js');
const { trainModel } = await load('distillation/trainModel.js');
const { openEngine } = await load('engines/registry.js');

export function createSilentIo(resultsDir) {
  return { json: true, verbose: false, resultsDir, progress: silent, result: () => undefined };
}

/** Opens the data and the teacher of a stored study; `train` distils from scratch, or from given values. */
export async function openBenchStudy(io, name) {
  const store = openStore(join(io.resultsDir, 'nas-distill.db'), { readonly: true });
  const record = store.study(name);
  store.close();
  const config = parseStudyConfig(record.settings);
  const ground = await openGround(io, config);
  const { data } = await openTeaching(io, ground, readRecord(join(io.resultsDir, 'teachers'), config.teacher));
  const engine = await openEngine(config.engine, { threads: 1 });
  return {
    ground,
    engine,
    train: async (spec, seed, epochs, values) => {
      const before = process.cpuUsage();
      const { metrics, variables } = await trainModel({
        spec,
        data,
        engine,
        config: { ...trainingOf(config, undefined), epochs },
        rng: createRng(seed),
        ...(values === undefined ? {} : { resume: { epoch: 0, state: values } }),
      });
      const { user, system } = process.cpuUsage(before);
      return { accuracy: metrics.accuracy, variables, cpuSeconds: (user + system) / 1e6 };
    },
    close: () => engine.close(),
  };
}
