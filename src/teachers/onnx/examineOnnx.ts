import { createRng } from '../../core/rng.js';
import { NasDistillError } from '../../core/errors.js';
import type { ForeignModel, ForeignPort } from '../../engines/onnx/foreign/readForeignModel.js';
import type { OnnxParts } from '../TeacherRecord.js';
import { transposed } from './layout.js';

/** What the user may say of an ONNX model. */
export interface OnnxOptions {
  /** Default: told from the sizes. */
  readonly layout?: OnnxParts['layout'];
  /** Output that holds the logits; default: the only one, or the one named logits. */
  readonly output?: string;
  /** Tap name -> value of the graph; default: every value that has images in front, under its own name. */
  readonly taps?: Readonly<Record<string, string>>;
}

export interface ExaminedOnnx {
  readonly parts: OnnxParts;
  /** [height, width, channels] */
  readonly input: readonly number[];
  readonly output: readonly number[];
  /** What it says to two images of noise, row by row. */
  readonly answers: Float32Array;
}

/** Graphs with more values than this are tapped by name only: all of their values at once would fill the memory. */
const mostValues = 2000;

/**
 * Finds out what an ONNX model reads and says, and what can be tapped, by asking it once.
 * @param where names the file in errors
 * @param sample shape [height, width, channels] of the images, for models whose sizes are open
 * @throws NasDistillError TEACHER naming what does not fit, MODEL if onnxruntime refuses it
 */
export async function examineOnnx(
  where: string,
  model: ForeignModel,
  options: OnnxOptions,
  sample: readonly number[] | undefined,
): Promise<ExaminedOnnx> {
  const port = inputOf(where, model);
  const layout = layoutOf(where, port, options.layout, sample);
  const input = sizesOf(where, port, layout, sample);
  const output = outputOf(where, model, options.output);
  const batch = port.dims[0];
  const values = tappedValues(where, model, options.taps, output);
  const { openForeignModel } = await import('../../engines/onnx/foreign/openForeignModel.js');
  const opened = await openForeignModel({
    where,
    bytes: model.bytes,
    input: port.name,
    outputs: model.outputs.map(({ name }) => name),
    wanted: [...new Set([output, ...Object.values(values)])],
    threads: 1,
  });
  try {
    const rng = createRng('probe');
    const rows = batch ?? 2;
    const noise = () => Float32Array.from({ length: rows * input.reduce((a, b) => a * b, 1) }, () => rng.normal());
    const ask = () => {
      const data = layout === 'nchw' ? transposed(noise(), [rows, ...input], false) : noise();
      const [h, w, c] = input;
      return opened.run({ shape: layout === 'nchw' ? [rows, c, h, w] : [rows, h, w, c], dtype: 'float32', data });
    };
    const first = await ask();
    const answer = first[output];
    if (answer === undefined) throw new NasDistillError('TEACHER', `${where}: its output ${output} is not float32`);
    if (answer.shape[0] !== rows) {
      throw new NasDistillError('TEACHER', `${where}: it answers ${rows} images with [${answer.shape.join(', ')}]`);
    }
    const second = rows > 1 ? undefined : (await ask())[output];
    return {
      parts: {
        input: port.name,
        output,
        layout,
        batch,
        taps: tapsOf(where, model, values, first, rows, layout, options.taps !== undefined),
      },
      input,
      output: answer.shape.slice(1),
      answers: Float32Array.from([...answer.data, ...(second?.data ?? [])]),
    };
  } finally {
    await opened.release();
  }
}

function inputOf(where: string, { inputs }: ForeignModel): ForeignPort {
  if (inputs.length !== 1) {
    const names = inputs.map(({ name }) => name).join(', ');
    throw new NasDistillError('TEACHER', `${where}: it has ${inputs.length} inputs (${names}), one is needed`, {
      hint: 'Only teachers of images are imported: export a model whose one input is the image.',
    });
  }
  const [port] = inputs;
  if (port.dims.length !== 4 || port.type !== 'FLOAT') {
    throw new NasDistillError(
      'TEACHER',
      `${where}: its input ${port.name} is ${port.type} [${showDims(port)}], images FLOAT [batch, channels, height, width] are needed`,
      { hint: 'Export a model that takes normalised float32 images; --mean and --std say how they are normalised.' },
    );
  }
  return port;
}

const showDims = ({ dims }: ForeignPort) => dims.map((size) => size ?? '?').join(', ');

const isChannels = (size: number | null) => size === 1 || size === 3 || size === 4;

function layoutOf(
  where: string,
  port: ForeignPort,
  asked: OnnxParts['layout'] | undefined,
  sample: readonly number[] | undefined,
): OnnxParts['layout'] {
  if (asked !== undefined) return asked;
  const [, second, , last] = port.dims;
  const first = sample === undefined ? isChannels(second) : second === sample[2];
  const behind = sample === undefined ? isChannels(last) : last === sample[2];
  if (first !== behind) return first ? 'nchw' : 'nhwc';
  throw new NasDistillError('TEACHER', `${where}: the order of its image's axes [${showDims(port)}] is not clear`, {
    hint: 'Say which: --layout nchw (as PyTorch) or --layout nhwc (as TensorFlow).',
  });
}

function sizesOf(
  where: string,
  port: ForeignPort,
  layout: OnnxParts['layout'],
  sample: readonly number[] | undefined,
): number[] {
  const [, a, b, c] = port.dims;
  const sizes = layout === 'nchw' ? [b, c, a] : [a, b, c];
  return sizes.map((size, i) => {
    const found = size ?? sample?.[i];
    if (found !== undefined) return found;
    throw new NasDistillError('TEACHER', `${where}: its input [${showDims(port)}] has open sizes`, {
      hint: 'Add --data NAME (and --image-size): it will be asked at the size of these images.',
    });
  });
}

function outputOf(where: string, { outputs }: ForeignModel, asked: string | undefined): string {
  const names = outputs.map(({ name }) => name);
  if (asked !== undefined) {
    if (names.includes(asked)) return asked;
    throw new NasDistillError('TEACHER', `${where}: it has no output "${asked}"`, {
      hint: `Its outputs: ${names.join(', ')}.`,
    });
  }
  if (names.length === 1) return names[0];
  if (names.includes('logits')) return 'logits';
  throw new NasDistillError('TEACHER', `${where}: it has ${names.length} outputs`, {
    hint: `Say which holds the logits: --output NAME. Its outputs: ${names.join(', ')}.`,
  });
}

function tappedValues(
  where: string,
  model: ForeignModel,
  asked: OnnxOptions['taps'],
  output: string,
): Record<string, string> {
  const known = new Set(model.values.map(({ name }) => name));
  if (asked !== undefined) {
    for (const [tap, value] of Object.entries(asked)) {
      if (known.has(value)) continue;
      throw new NasDistillError('TEACHER', `${where}: tap ${tap}: the graph has no value "${value}"`, {
        hint: `Import it without --taps: nas-distill teacher show NAME lists them. The last: ${[...known].slice(-5).join(', ')}.`,
      });
    }
    return { ...asked };
  }
  if (known.size > mostValues) return {};
  return Object.fromEntries([...known].filter((name) => name !== output).map((name) => [name, name]));
}

function tapsOf(
  where: string,
  model: ForeignModel,
  values: Readonly<Record<string, string>>,
  found: Readonly<Record<string, { shape: readonly number[] } | undefined>>,
  rows: number,
  layout: OnnxParts['layout'],
  named: boolean,
): OnnxParts['taps'] {
  const op = new Map(model.values.map(({ name, op: kind }) => [name, kind]));
  const taps: OnnxParts['taps'] = {};
  for (const [tap, value] of Object.entries(values)) {
    const shape = found[value]?.shape;
    // [images] alone has no feature; what is no float32 was left out by the runtime.
    if (shape === undefined || shape[0] !== rows || shape.length < 2 || shape.length > 4 || shape.includes(0)) {
      if (!named) continue;
      const is = shape === undefined ? 'not float32' : `[${shape.join(', ')}]`;
      throw new NasDistillError('TEACHER', `${where}: tap ${tap}: value ${value} is ${is}, [images, ...] is needed`);
    }
    const one = shape.slice(1);
    // Attention maps [heads, T, T] have four axes too, and come out of a softmax.
    const turned = one.length === 3 && layout === 'nchw' && op.get(value) !== 'Softmax';
    taps[tap] = { value, shape: turned ? [one[1], one[2], one[0]] : one, transposed: turned };
  }
  return taps;
}
