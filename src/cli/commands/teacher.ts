import Table from 'cli-table3';
import { z } from 'zod';
import { NasDistillError } from '../../core/errors.js';
import type { DataOptions } from '../../data/DataOptions.js';
import { requireWritable } from '../../core/requireWritable.js';
import { formatCount } from '../../core/units.js';
import { chooseEngine, openEngine } from '../../engines/registry.js';
import { teacherSizes, type TeacherSize } from '../../models/teachers/ReferenceTeacher.js';
import { referenceTeachers, type ReferenceTeacherName as TeacherFamily } from '../../models/teachers/registry.js';
import { evaluateTeacher } from '../../teachers/evaluateTeacher.js';
import { importTeacher } from '../../teachers/importTeacher.js';
import { openTeacher } from '../../teachers/openTeacher.js';
import { checkTeacherName, listTeachers, readRecord } from '../../teachers/teacherFiles.js';
import type { TeacherRecord } from '../../teachers/TeacherRecord.js';
import { trainTeacher } from '../../teachers/trainTeacher.js';
import { addDataFlags, dataOptionsOf } from '../dataFlags.js';
import { collect, cores, numbers, wholeNumber } from '../flags.js';
import { briefSplits, fullSplits, prepareDataset } from '../prepareData.js';
import { resultPaths } from '../paths.js';
import type { RegisterCommand } from './Command.js';

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
/** Validation images that an imported teacher answers, at most. */
const examined = 1000;
/** An accuracy below this multiple of guessing is worth a warning. */
const nearChance = 1.5;
const families = Object.keys(referenceTeachers) as TeacherFamily[];

const trainFlags = z.object({
  data: z.string(),
  size: z.enum(teacherSizes),
  name: z.string().optional(),
  epochs: z.number(),
  seed: z.number(),
  engine: z.string(),
});
const importFlags = z.object({
  name: z.string(),
  data: z.string().optional(),
  classes: z.array(z.string()).optional(),
  mean: z.array(z.number()).optional(),
  std: z.array(z.number()).optional(),
  probabilities: z.boolean().optional(),
});

/** `nas-distill teacher train|import|list|show|eval`. */
export const registerTeacher: RegisterCommand = (program, io) => {
  const teacher = program.command('teacher').description('Train, import and look at teachers');

  addDataFlags(
    teacher
      .command('train')
      .description(`Train a reference teacher: ${families.join(', ')}`)
      .argument('<family>', families.join(' | '))
      .option('--data <name>', 'catalogued data set or path', 'fashion-mnist'),
  )
    .option('--size <size>', teacherSizes.join(' | '), 'tiny')
    .option('--name <name>', 'name to store it under (default: FAMILY-SIZE-DATA)')
    .option('--epochs <n>', 'passes over the training images', wholeNumber(1), 4)
    .option('--seed <n>', 'seed of weights and order', wholeNumber(0), 1)
    .option('--engine <name>', 'auto, onnx, wasm, ...', 'auto')
    .addHelpText(
      'after',
      `
Examples:
  $ nas-distill teacher train vit --data fashion-mnist --size small --epochs 8
  $ nas-distill teacher train resnet --data birds.csv --label-column species --image-size 32`,
    )
    .action(async (family: string, options: unknown, command) => {
      const out = io(command);
      const known = families.find((name) => name === family);
      if (!known) {
        throw new NasDistillError('USAGE', `unknown teacher family "${family}"`, {
          hint: `Use one of: ${families.join(', ')}.`,
        });
      }
      const flags = readFlags(trainFlags, options);
      const record = await trainReference(out, { ...flags, family: known, dataOptions: dataOptionsOf(options) });
      out.result(publicRecord(record), () => describeTeacher(record));
    });

  addDataFlags(
    teacher
      .command('import')
      .description('Take in a TF.js LayersModel or GraphModel directory')
      .argument('<dir>', 'directory with model.json and its weights')
      .requiredOption('--name <name>', 'name to store it under')
      .option('--classes <list>', 'class names in the order of the outputs (default: the order of --data)', collect)
      .option('--data <name>', 'check it on the validation images of this data set'),
  )
    .option('--mean <list>', 'mean for each channel of pixels in 0..1', numbers)
    .option('--std <list>', 'standard deviation for each channel of pixels in 0..1', numbers)
    .option('--probabilities', 'its outputs are probabilities (it ends in a softmax), not logits')
    .addHelpText(
      'after',
      `
Examples:
  $ nas-distill teacher import ./my-model --name mine --data fashion-mnist --mean 0 --std 1 --probabilities
  $ nas-distill teacher import ./birds --name birds --data ./photos --image-size 32 --classes owl,ape --mean 0.5,0.5,0.5 --std 0.5,0.5,0.5`,
    )
    .action(async (dir: string, options: unknown, command) => {
      const out = io(command);
      const flags = readFlags(importFlags, options);
      const dataset =
        flags.data === undefined ? undefined : await prepareDataset(out, flags.data, dataOptionsOf(options));
      const classes = flags.classes ?? dataset?.classes;
      if (classes === undefined) {
        throw new NasDistillError('USAGE', 'teacher import: the order of the classes is not known', {
          hint: 'Add --classes a,b,c or --data NAME.',
        });
      }
      const { record, accuracy } = await importTeacher({
        teachersDir: resultPaths(out.resultsDir).teachers,
        name: flags.name,
        dir,
        classes,
        normalisation: normalisationOf(flags),
        probabilities: flags.probabilities ?? false,
        ...(dataset === undefined
          ? {}
          : { examples: { dataset, indices: briefSplits(dataset, dataset.count, examined).validation } }),
      });
      if (dataset !== undefined && accuracy !== undefined && accuracy < nearChance / dataset.classes.length) {
        out.progress.warn(
          `only ${percent(accuracy)} of the validation images of ${dataset.name} are right: are --mean, --std and --probabilities those of its training?`,
        );
      }
      out.result({ ...publicRecord(record), ...(accuracy === undefined ? {} : { validation: accuracy }) }, () =>
        [
          describeTeacher(record),
          ...(accuracy === undefined ? [] : [`validation images of ${dataset?.name}: ${percent(accuracy)} right`]),
        ].join('\n'),
      );
    });

  teacher
    .command('list')
    .description('All teachers, newest first')
    .action((_options: unknown, command) => {
      const out = io(command);
      const records = listTeachers(resultPaths(out.resultsDir).teachers);
      out.result({ teachers: records.map(publicRecord) }, () => {
        if (records.length === 0) return 'No teachers yet. Train one with: nas-distill teacher train vit';
        const table = new Table({
          head: ['teacher', 'family', 'params', 'classes', 'input', 'validation', 'test'],
          style: { head: [], border: [] },
        });
        for (const r of records) {
          table.push([
            r.name,
            r.family,
            formatCount(r.params),
            r.classes.length,
            r.input.join('x'),
            r.trainedOn ? percent(r.trainedOn.validation) : '',
            r.trainedOn ? percent(r.trainedOn.test) : '',
          ]);
        }
        return table.toString();
      });
    });

  teacher
    .command('show')
    .description('One teacher')
    .argument('<name>')
    .action(async (name: string, _options: unknown, command) => {
      const out = io(command);
      const dir = resultPaths(out.resultsDir).teachers;
      const record = readRecord(dir, name);
      const opened = await openTeacher(dir, record);
      const taps = opened.taps;
      opened.dispose();
      out.result({ ...publicRecord(record), taps }, () =>
        [
          describeTeacher(record),
          'taps:',
          ...Object.entries(taps).map(([tap, shape]) => `  ${tap}  [${shape.join(', ')}]`),
        ].join('\n'),
      );
    });

  addDataFlags(
    teacher
      .command('eval')
      .description('Evaluate a teacher on the validation or test images of a data set')
      .argument('<name>')
      .option('--data <name>', 'catalogued data set or path', 'fashion-mnist'),
  )
    .option('--split <split>', 'validation | test', 'test')
    .option('--engine <name>', 'auto, onnx, wasm, ...', 'auto')
    .action(async (name: string, options: unknown, command) => {
      const out = io(command);
      const flags = readFlags(
        z.object({
          data: z.string(),
          split: z.enum(['validation', 'test']),
          engine: z.string(),
        }),
        options,
      );
      const dir = resultPaths(out.resultsDir).teachers;
      const opened = await openTeacher(dir, readRecord(dir, name));
      const dataset = await prepareDataset(out, flags.data, dataOptionsOf(options));
      const engine = await openEngine(opened.engine ?? flags.engine, { threads: cores() });
      const evaluation = await evaluateTeacher(opened, engine, dataset, fullSplits(dataset)[flags.split]);
      engine.close();
      opened.dispose();
      out.result({ teacher: name, data: dataset.name, split: flags.split, ...evaluation }, () => {
        const table = new Table({ head: ['class', 'accuracy', 'predicted'], style: { head: [], border: [] } });
        dataset.classes.forEach((c, i) => table.push([c, percent(evaluation.perClass[i]), evaluation.predicted[i]]));
        return `${table.toString()}\n${flags.split} accuracy ${percent(evaluation.accuracy)}, mean confidence ${percent(evaluation.confidence)}`;
      });
    });
};

/** Trains a reference teacher; used by `search` too when there is none. */
export async function trainReference(
  out: ReturnType<Parameters<RegisterCommand>[1]>,
  options: z.infer<typeof trainFlags> & { family: TeacherFamily; size: TeacherSize; dataOptions: DataOptions },
): Promise<TeacherRecord> {
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

function readFlags<T extends z.ZodType>(schema: T, options: unknown): z.output<T> {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new NasDistillError('USAGE', `--${issue.path.join('.')}: ${issue.message}`);
}

function normalisationOf(flags: z.infer<typeof importFlags>): { mean: number[]; std: number[] } {
  if (flags.mean !== undefined && flags.std !== undefined) return { mean: flags.mean, std: flags.std };
  throw new NasDistillError('USAGE', 'teacher import: how its pixels were normalised is not known', {
    hint: 'Add --mean and --std, one value a channel (0..1 pixels: --mean 0 --std 1; -1..1: --mean 0.5 --std 0.5; 0..255: --mean 0 --std 0.00392157).',
  });
}

function publicRecord(record: TeacherRecord): Omit<TeacherRecord, 'spec' | 'weights'> {
  const shown: Partial<TeacherRecord> & Omit<TeacherRecord, 'spec' | 'weights'> = { ...record };
  delete shown.spec;
  delete shown.weights;
  return shown;
}

function describeTeacher(record: TeacherRecord): string {
  const lines = [
    `teacher ${record.name}: ${record.family}, ${formatCount(record.params)} parameters`,
    `input ${record.input.join('x')}, ${record.classes.length} classes: ${record.classes.join(', ')}`,
  ];
  const { trainedOn } = record;
  if (trainedOn) {
    lines.push(
      `${trainedOn.dataset}, ${trainedOn.epochs} epochs: validation ${percent(trainedOn.validation)}, test ${percent(trainedOn.test)}`,
    );
  }
  return lines.join('\n');
}
