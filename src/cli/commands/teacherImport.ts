import { z } from 'zod';
import { NasDistillError } from '../../core/errors.js';
import { encodingOf, samplesOf } from '../../data/samples.js';
import { importTeacher } from '../../teachers/importTeacher.js';
import { modelSource } from '../../teachers/modelSource.js';
import type { GraphOptions } from '../../teachers/foreign/examineGraph.js';
import { tokenInputs } from '../../teachers/foreign/tokenPorts.js';
import { importForeign } from '../../teachers/foreign/importForeign.js';
import { addDataFlags, dataOptionsOf } from '../dataFlags.js';
import { describeTeacher, percent, publicRecord } from '../describeTeacher.js';
import { collect, numbers } from '../flags.js';
import { resultPaths } from '../paths.js';
import { briefSplits, prepareDataset } from '../prepareData.js';
import { readFlags } from '../readFlags.js';
import type { RegisterCommand } from './Command.js';

/** Validation images that an imported teacher answers, at most. */
const examined = 1000;
/** An accuracy below this multiple of guessing is worth a warning. */
const nearChance = 1.5;
const importFlags = z.object({
  name: z.string(),
  data: z.string().optional(),
  classes: z.array(z.string()).optional(),
  mean: z.array(z.number()).optional(),
  std: z.array(z.number()).optional(),
  probabilities: z.boolean().optional(),
  layout: z
    .enum(['nchw', 'nhwc'], { error: '--layout must be nchw (batch, channels, height, width) or nhwc' })
    .optional(),
  inputs: z.array(z.string()).optional(),
  output: z.string().optional(),
  taps: z.array(z.string()).optional(),
});

/** `nas-distill teacher import`. */
export const registerTeacherImport: RegisterCommand = (teacher, io) => {
  addDataFlags(
    teacher
      .command('import')
      .description(
        'Take in an ONNX file, a TensorFlow SavedModel (engine native), or a TF.js LayersModel or GraphModel directory',
      )
      .argument('<model>', 'model.onnx, or a directory with saved_model.pb or model.json')
      .requiredOption('--name <name>', 'name to store it under')
      .option('--classes <list>', 'class names in the order of the outputs (default: the order of --data)', collect)
      .option('--data <name>', 'check it on the validation images of this data set'),
  )
    .option('--mean <list>', 'mean for each channel of pixels in 0..1', numbers)
    .option('--std <list>', 'standard deviation for each channel of pixels in 0..1', numbers)
    .option('--probabilities', 'its outputs are probabilities (it ends in a softmax), not logits')
    .option(
      '--layout <order>',
      'ONNX, SavedModel: order of the axes of its images, nchw | nhwc (default: told from the sizes)',
    )
    .option(
      '--inputs <list>',
      'ONNX, SavedModel, of texts: ids=NAME,mask=NAME,types=NAME,positions=NAME (default: told from the names)',
      collect,
    )
    .option('--output <name>', 'ONNX, SavedModel: the output that holds the logits, where there are several')
    .option(
      '--taps <list>',
      'ONNX: values of its graph that can be tapped, TAP=VALUE,... (SavedModel: outputs; default: all)',
      collect,
    )
    .addHelpText(
      'after',
      `
Examples:
  $ nas-distill teacher import ./my-model --name mine --data fashion-mnist --mean 0 --std 1 --probabilities
  $ nas-distill teacher import ./reader --name reader --data reviews.csv --tokenizer ./reader/tokenizer.json
  $ nas-distill teacher import ./bert.onnx --name bert --data reviews.csv --tokenizer ./tokenizer.json --tokens 64
  $ nas-distill teacher import ./saved --name keras --data ./photos --image-size 64 --mean 0 --std 1 --output logits
  $ nas-distill teacher import ./resnet.onnx --name r --data ./photos --image-size 64 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225
  $ nas-distill teacher import ./birds --name birds --data ./photos --image-size 32 --classes owl,ape --mean 0.5,0.5,0.5 --std 0.5,0.5,0.5`,
    )
    .action(async (path: string, options: unknown, command) => {
      const out = io(command);
      const flags = readFlags(importFlags, options);
      const source = modelSource(path);
      if (source === 'tfjs') refuseGraphFlags(flags);
      const dataset =
        flags.data === undefined ? undefined : await prepareDataset(out, flags.data, dataOptionsOf(options));
      const classes = flags.classes ?? dataset?.classes;
      if (classes === undefined) {
        throw new NasDistillError('USAGE', 'teacher import: the order of the classes is not known', {
          hint: 'Add --classes a,b,c or --data NAME.',
        });
      }
      const claims = {
        teachersDir: resultPaths(out.resultsDir).teachers,
        name: flags.name,
        classes,
        // What has an encoding of its own has no pixels.
        normalisation:
          dataset !== undefined && encodingOf(dataset) !== undefined ? { mean: [], std: [] } : normalisationOf(flags),
        probabilities: flags.probabilities ?? false,
        ...(dataset === undefined
          ? {}
          : { examples: { dataset, indices: briefSplits(dataset, dataset.count, examined).validation } }),
      };
      const { record, accuracy } =
        source === 'tfjs'
          ? await importTeacher({ ...claims, dir: path })
          : await importForeign({ ...claims, kind: source, path, graph: graphOptions(flags) });
      if (dataset !== undefined && accuracy !== undefined && accuracy < nearChance / dataset.classes.length) {
        out.progress.warn(
          `only ${percent(accuracy)} of the validation ${samplesOf(dataset)} of ${dataset.name} are right: ${record.encoding === undefined ? 'are --mean, --std and --probabilities those of its training?' : 'is the tokenizer the one that it was trained with?'}`,
        );
      }
      out.result({ ...publicRecord(record), ...(accuracy === undefined ? {} : { validation: accuracy }) }, () =>
        [
          describeTeacher(record),
          ...(accuracy === undefined
            ? []
            : [`validation ${samplesOf(dataset ?? {})} of ${dataset?.name}: ${percent(accuracy)} right`]),
        ].join('\n'),
      );
    });
};

function normalisationOf(flags: z.infer<typeof importFlags>): { mean: number[]; std: number[] } {
  if (flags.mean !== undefined && flags.std !== undefined) return { mean: flags.mean, std: flags.std };
  throw new NasDistillError('USAGE', 'teacher import: how its pixels were normalised is not known', {
    hint: 'Add --mean and --std, one value a channel (0..1 pixels: --mean 0 --std 1; -1..1: --mean 0.5 --std 0.5; 0..255: --mean 0 --std 0.00392157).',
  });
}

function refuseGraphFlags({ layout, inputs, output, taps }: z.infer<typeof importFlags>): void {
  const [given] = Object.entries({ layout, inputs, output, taps }).find(([, value]) => value !== undefined) ?? [];
  if (given === undefined) return;
  throw new NasDistillError('USAGE', `teacher import: --${given} is for ONNX files and SavedModels`, {
    hint: 'A TF.js model is NHWC, has one output, and its layers are tapped by their names.',
  });
}

function graphOptions({ layout, inputs, output, taps }: z.infer<typeof importFlags>): GraphOptions {
  return {
    ...(layout === undefined ? {} : { layout }),
    ...(inputs === undefined ? {} : { inputs: inputNames(inputs) }),
    ...(output === undefined ? {} : { output }),
    ...(taps === undefined
      ? {}
      : {
          taps: named(
            '--taps',
            taps,
            'TAP=VALUE',
            'each tap and the value of the graph: --taps block1=relu_3,block2=relu_7',
          ),
        }),
  };
}

function inputNames(pairs: readonly string[]): NonNullable<GraphOptions['inputs']> {
  const names = named(
    '--inputs',
    pairs,
    'KIND=NAME',
    'what each input is for: --inputs ids=input_ids,mask=attention_mask',
  );
  const known = Object.keys(tokenInputs);
  const strange = Object.keys(names).find((kind) => !known.includes(kind));
  if (strange === undefined) return names;
  throw new NasDistillError('USAGE', `--inputs: "${strange}" is no kind of input`, {
    hint: `Known: ${known.join(', ')}.`,
  });
}

function named(flag: string, pairs: readonly string[], form: string, example: string): Record<string, string> {
  const entries = pairs.map((pair): [string, string] => {
    const at = pair.indexOf('=');
    if (at > 0 && at < pair.length - 1) return [pair.slice(0, at), pair.slice(at + 1)];
    throw new NasDistillError('USAGE', `${flag}: "${pair}" is no ${form}`, { hint: `Name ${example}` });
  });
  return Object.fromEntries(entries);
}
