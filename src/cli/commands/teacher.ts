import Table from 'cli-table3';
import { z } from 'zod';
import { NasDistillError } from '../../core/errors.js';
import { formatCount } from '../../core/units.js';
import { openEngine } from '../../engines/registry.js';
import { teacherSizes } from '../../models/teachers/ReferenceTeacher.js';
import { referenceTeachers, type ReferenceTeacherName as TeacherFamily } from '../../models/teachers/registry.js';
import { coverageOf, coverageWarnings } from '../../teachers/coverage.js';
import { evaluateTeacher } from '../../teachers/evaluateTeacher.js';
import { openTeacher } from '../../teachers/openTeacher.js';
import { listTeachers, readRecord } from '../../teachers/teacherFiles.js';
import type { TeacherModel } from '../../teachers/TeacherModel.js';
import { addDataFlags, dataOptionsOf } from '../dataFlags.js';
import { describeTeacher, percent, publicRecord } from '../describeTeacher.js';
import { cores, wholeNumber } from '../flags.js';
import { fullSplits, prepareDataset } from '../prepareData.js';
import { resultPaths } from '../paths.js';
import { readFlags } from '../readFlags.js';
import { trainReference } from '../trainReference.js';
import type { RegisterCommand } from './Command.js';
import { registerTeacherImport } from './teacherImport.js';

const families = Object.keys(referenceTeachers) as TeacherFamily[];

const trainFlags = z.object({
  data: z.string(),
  size: z.enum(teacherSizes),
  name: z.string().optional(),
  epochs: z.number(),
  seed: z.number(),
  engine: z.string(),
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

  registerTeacherImport(teacher, io);

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
      const engine = await openEngine(engineOf(opened, flags.engine), { threads: cores() });
      const splits = fullSplits(dataset);
      const evaluation = await evaluateTeacher(opened, engine, dataset, splits[flags.split]);
      engine.close();
      opened.dispose();
      const coverage = coverageOf(opened.record, evaluation, dataset, splits.train);
      for (const line of coverageWarnings(name, dataset.name, coverage)) out.progress.warn(line);
      out.result({ teacher: name, data: dataset.name, split: flags.split, ...evaluation, coverage }, () => {
        const table = new Table({ head: ['class', 'accuracy', 'predicted'], style: { head: [], border: [] } });
        dataset.classes.forEach((c, i) => table.push([c, percent(evaluation.perClass[i]), evaluation.predicted[i]]));
        return `${table.toString()}\n${flags.split} accuracy ${percent(evaluation.accuracy)}, mean confidence ${percent(evaluation.confidence)}, entropy ${percent(evaluation.entropy)} of guessing`;
      });
    });
};

/** The engine that a teacher is asked on: never another one than the user named. */
function engineOf({ engine, record }: TeacherModel, asked: string): string {
  if (engine === undefined || engine === asked || asked === 'auto') return engine ?? asked;
  throw new NasDistillError('ENGINE_UNSUPPORTED', `teacher ${record.name} was imported and answers on ${engine} only`, {
    hint: `Leave out --engine ${asked}.`,
  });
}
