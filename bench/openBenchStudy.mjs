// A study's data and training without its search, for benches that train students of their own.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const load = (path) => import(join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', path));
const { silent } = await load('core/progress.js');
const { createRng } = await load('core/rng.js');
const { readOutputs } = await load('data/TeacherOutputs.js');
const { openGround, openTeaching } = await load('cli/openStudy.js');
const { openStore } = await load('store/openStore.js');
const { parseStudyConfig } = await load('search/StudyConfig.js');
const { trainingOf } = await load('search/trainingOf.js');
const { readRecord } = await load('teachers/teacherFiles.js');
const { evaluateModel } = await load('distillation/evaluateModel.js');
const { trainModel } = await load('distillation/trainModel.js');
const { openEngine } = await load('engines/registry.js');

export function createSilentIo(resultsDir) {
  return { json: true, verbose: false, resultsDir, progress: silent, result: () => undefined };
}

/** The store of a results folder, to read. */
export function openStoreOf(io) {
  return openStore(join(io.resultsDir, 'nas-distill.db'), { readonly: true });
}

/** The settings, space, data and budget of a stored study. */
export async function openBenchGround(io, name) {
  const store = openStoreOf(io);
  const record = store.study(name);
  store.close();
  if (record === undefined) throw new Error(`there is no study ${name} in ${io.resultsDir}`);
  const config = parseStudyConfig(record.settings);
  // All samples: finalists are compared on the test split.
  return { config, ground: await openGround(io, config, 'all') };
}

/** Opens the data and the teacher of a stored study; `train` distils from scratch, or from given values. */
export async function openBenchStudy(io, name) {
  const { config, ground } = await openBenchGround(io, name);
  const taught = await openTeaching(io, ground, readRecord(join(io.resultsDir, 'teachers'), config.teacher));
  const data = { ...taught.data, teacher: readOutputs(taught.data.teacher) };
  const engine = await openEngine(config.engine, { threads: 1 });
  const train = async (spec, seed, epochs, values, training = {}) => {
    const before = process.cpuUsage();
    const { metrics, variables } = await trainModel({
      spec,
      data,
      engine,
      config: { ...trainingOf(config, undefined), ...training, epochs },
      rng: createRng(seed),
      ...(values === undefined ? {} : { resume: { epoch: 0, state: values } }),
    });
    const { user, system } = process.cpuUsage(before);
    return { accuracy: metrics.accuracy, variables, cpuSeconds: (user + system) / 1e6 };
  };
  return {
    config,
    ground,
    engine,
    train,
    /** Trains from scratch; the accuracies on validation and on the test images, which no search sees. */
    test: async (spec, seed, epochs) => {
      const { variables, accuracy: validation } = await train(spec, seed, epochs);
      const { dataset, splits, normalisation } = data;
      const classes = dataset.classes.length;
      const { accuracy } = await evaluateModel({ spec, variables, engine, dataset, indices: splits.test, normalisation, classes }); // prettier-ignore
      return { validation, accuracy };
    },
    close: () => engine.close(),
  };
}
