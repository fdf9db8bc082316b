// Data, teachers and training for the benches that train students of their own choice: what bench:methods and bench:rankings share.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist');
if (!existsSync(join(dist, 'distillation', 'trainModel.js'))) throw new Error('not built yet: npm run build');
export const load = (path) => import(join(dist, path));
const { silent } = await load('core/progress.js');
const { createRng } = await load('core/rng.js');
const { computeNormalisation } = await load('data/normalisation.js');
const { openDataset } = await load('data/openDataset.js');
const { briefSplits, fullSplits } = await load('data/splits.js');
const { evaluateModel } = await load('distillation/evaluateModel.js');
const { requestedTaps } = await load('distillation/requestedTaps.js');
const { trainModel } = await load('distillation/trainModel.js');
const { openEngine } = await load('engines/registry.js');
const { parseStudyConfig } = await load('search/StudyConfig.js');
const { trainingOf } = await load('search/trainingOf.js');
const { modelContext } = await load('tasks/modelContext.js');
const { taskOf } = await load('tasks/registry.js');
const { openTeacher } = await load('teachers/openTeacher.js');
const { teacherOutputs } = await load('teachers/teacherCache.js');
const { readRecord } = await load('teachers/teacherFiles.js');

/** A flag's value as a whole number from 1 up. */
export function wholeNumber(flags, name) {
  const value = Number(flags[name]);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} ${flags[name]}: a whole number from 1 up`);
  return value;
}

/** The training of a study without a recipe, with these losses: what is shipped is what is measured. */
export function trainingWith(losses, { epochs, batch, learningRate }) {
  const rate = learningRate === undefined ? {} : { learningRate };
  return trainingOf(parseStudyConfig({ epochs, batchSize: batch, losses, ...rate }));
}

/**
 * A data set with its splits, seen in seeded views. @param train samples that students learn from; undefined: all of the split
 */
export async function openStudents({ results, data, train, validation, views, seed, threads }) {
  const engine = await openEngine('onnx', { threads });
  const dataset = await openDataset(data, { dataDir: join(results, 'data'), progress: silent });
  const all = fullSplits(dataset);
  const splits = train === undefined ? all : briefSplits(dataset, train, validation);
  const policy = taskOf(dataset).views({ shift: 2, flip: true, views, seed });
  const alone = { dataset, splits, normalisation: computeNormalisation(dataset, splits.train) };
  const shown = (mixing) => (mixing === undefined ? policy : { ...policy, mixing });
  return {
    engine,
    dataset,
    splits,
    context: modelContext(dataset),
    machine: `${engine.info.version}, ${engine.info.threads} thread(s)`,
    openTeacher: (name) => {
      const teachersDir = join(results, 'teachers');
      return openTeacher(teachersDir, readRecord(teachersDir, name));
    },
    /** What a teacher answers to the training samples, mixed if told so, from the cache or computed once; without taps `but`. */
    answersOf: async (teacher, losses, mixing, but = []) => {
      const taps = requestedTaps(losses).filter((tap) => !but.includes(tap));
      const request = { teacher, dataset, rows: splits.train, policy: shown(mixing), taps };
      return (await teacherOutputs(join(results, 'cache', 'teacher'), request, async () => engine)).outputs;
    },
    /** @param answers of the teacher; undefined: without one @param stream of first weights, order and noise */
    train: (spec, config, answers, stream, onStep = () => undefined) =>
      trainModel({
        spec,
        data: {
          ...alone,
          augmentation: shown(config.mixing),
          ...(answers === undefined ? {} : { teacher: answers }),
        },
        config,
        engine,
        rng: createRng(stream),
        onStep,
      }),
    /** Accuracy on the test samples, which neither search nor training sees. */
    test: async (spec, variables) => {
      const { normalisation } = alone;
      const classes = dataset.classes.length;
      return (await evaluateModel({ spec, variables, engine, dataset, indices: all.test, normalisation, classes })).accuracy; // prettier-ignore
    },
    close: () => engine.close(),
  };
}
