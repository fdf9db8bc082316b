import { createRng } from '../../core/rng.js';
import { NasDistillError } from '../../core/errors.js';
import type { Dataset } from '../../data/Dataset.js';
import type { TextSamples } from '../../data/text/TextSamples.js';
import type { HostTensor } from '../../engines/Engine.js';
import type { ForeignGraph } from '../../engines/foreign/ForeignGraph.js';
import type { GraphParts } from '../TeacherRecord.js';
import { feedsOf } from './feeds.js';
import { readImagePort } from './imagePort.js';
import { tappedValues, tapsOf } from './tappedValues.js';
import { readsTokens, readTokenPorts, type TokenInput } from './tokenPorts.js';

/** What the user may say of a graph of another framework. */
export interface GraphOptions {
  /** Default: told from the sizes. */
  readonly layout?: 'nchw' | 'nhwc';
  /** Inputs of a text model by what they are for; default: told from their names. */
  readonly inputs?: Readonly<Partial<Record<TokenInput, string>>>;
  /** Output that holds the logits; default: the only one, or the one named logits. */
  readonly output?: string;
  /** Tap name -> value of the graph; default: every value that has samples in front, under its own name. */
  readonly taps?: Readonly<Record<string, string>>;
}

/** The samples that a model will read. */
export type SampleKind = Pick<Dataset, 'shape'> & {
  readonly text?: Pick<TextSamples, 'vocabulary' | 'originalPadding'>;
};

export interface ExaminedGraph {
  readonly parts: GraphParts;
  /** [height, width, channels], or [tokens] */
  readonly input: readonly number[];
  readonly output: readonly number[];
  /** What it says to two samples of noise, row by row. */
  readonly answers: Float32Array;
}

/** What it reads, before it was ever asked. */
type ReadParts = Omit<GraphParts, 'taps'>;

/**
 * Finds out what a graph reads and says, and what can be tapped, by asking it.
 * @param sample the data that it will teach about, for what the model leaves open
 * @throws NasDistillError TEACHER naming what does not fit, MODEL if its runtime refuses it
 */
export async function examineGraph(
  model: ForeignGraph,
  options: GraphOptions,
  sample: SampleKind | undefined,
): Promise<ExaminedGraph> {
  const { where } = model;
  const { parts, input } = readParts(where, model, options, sample);
  const { output, batch } = parts;
  const values = tappedValues(where, model, options.taps, output);
  const opened = await model.open({ wanted: [...new Set([output, ...Object.values(values)])], threads: 1 });
  const outputs = model.outputs.map(({ name }) => name);
  const rows = batch ?? 2;
  const ask = async (samples: HostTensor) => {
    const [part] = feedsOf(samples, { ...parts, taps: {} });
    return opened.run(part.feeds);
  };
  try {
    const noise = noiseOf(rows, input, sample?.text?.vocabulary);
    if (parts.tokens !== undefined) await askWords(rows, input[0], ask);
    const first = await ask(noise()).catch((error: unknown) => {
      throw parts.tokens === undefined ? error : tooManyIds(where, sample?.text?.vocabulary, error);
    });
    const answer = first[output];
    if (answer === undefined) throw new NasDistillError('TEACHER', `${where}: its output ${output} is not float32`);
    if (answer.shape[0] !== rows) {
      throw new NasDistillError('TEACHER', `${where}: it answers ${rows} samples with [${answer.shape.join(', ')}]`);
    }
    const second = rows > 1 ? undefined : (await ask(noise()))[output];
    const turned = parts.layout === 'nchw';
    return {
      parts: {
        ...parts,
        ...(outputs.length > 1 ? { outputs } : {}),
        taps: tapsOf(where, model, values, first, { rows, turned, named: options.taps !== undefined }),
      },
      input,
      output: answer.shape.slice(1),
      answers: Float32Array.from([...answer.data, ...(second?.data ?? [])]),
    };
  } finally {
    await opened.release();
  }
}

function readParts(
  where: string,
  model: ForeignGraph,
  options: GraphOptions,
  sample: SampleKind | undefined,
): { parts: ReadParts; input: readonly number[] } {
  if (readsTokens(model)) {
    if (options.layout !== undefined) {
      throw new NasDistillError('TEACHER', `${where}: it reads ids of tokens, which have no layout`, {
        hint: 'Leave out --layout.',
      });
    }
    if (sample?.text === undefined) throw new NasDistillError('TEACHER', `${where}: the data holds no texts`);
    const { shape, text } = sample;
    const ports = readTokenPorts(where, model, options.inputs ?? {}, {
      length: shape[0],
      ...(text.originalPadding === undefined ? {} : { padding: text.originalPadding }),
    });
    return { parts: { ...ports, output: outputOf(where, model, options.output) }, input: shape };
  }
  if (options.inputs !== undefined || model.inputs.length !== 1) throw notOneInput(where, model, options);
  const [port] = model.inputs;
  const { layout, input } = readImagePort(where, port, options.layout, sample?.shape);
  const parts = { input: port.name, output: outputOf(where, model, options.output), layout, batch: port.dims[0] };
  return { parts, input };
}

function notOneInput(where: string, { inputs }: ForeignGraph, options: GraphOptions): NasDistillError {
  const names = inputs.map(({ name }) => name).join(', ');
  return options.inputs === undefined
    ? new NasDistillError('TEACHER', `${where}: it has ${inputs.length} inputs (${names}), one is needed`, {
        hint: 'Export a model whose one input is the image, or one that reads ids of tokens (INT64 [batch, tokens]).',
      })
    : new NasDistillError('TEACHER', `${where}: it reads images (${names}): --inputs is for models of texts`, {
        hint: 'Leave out --inputs.',
      });
}

/** Samples of noise: of images normal values, of texts ids from all over the vocabulary, its last one among them. */
function noiseOf(rows: number, input: readonly number[], vocabulary: number | undefined): () => HostTensor {
  const rng = createRng('probe');
  const shape = [rows, ...input];
  const length = shape.reduce((a, b) => a * b, 1);
  return vocabulary === undefined
    ? () => ({ shape, dtype: 'float32', data: Float32Array.from({ length }, () => rng.normal()) })
    : () => ({
        shape,
        dtype: 'int32',
        data: Int32Array.from({ length }, (_, i) => (i === 0 ? vocabulary - 1 : 1 + rng.int(vocabulary - 1))),
      });
}

/** Whether a text of that length goes through at all, so that what fails afterwards are the ids. */
async function askWords(rows: number, tokens: number, ask: (samples: HostTensor) => Promise<unknown>): Promise<void> {
  const shape = [rows, tokens];
  try {
    await ask({ shape, dtype: 'int32', data: new Int32Array(rows * tokens).fill(1) });
  } catch (cause) {
    if (!(cause instanceof NasDistillError)) throw cause;
    throw new NasDistillError('TEACHER', `${cause.message} (asked for texts of ${tokens} tokens)`, {
      hint: 'If it has fewer positions than that, open the data with a smaller --tokens.',
      cause,
    });
  }
}

function tooManyIds(where: string, vocabulary: number | undefined, cause: unknown): unknown {
  if (!(cause instanceof NasDistillError)) return cause;
  return new NasDistillError(
    'TEACHER',
    `${where}: it does not know all ${vocabulary} ids of the data's tokenizer (${cause.message.replace(`${where}: `, '')})`,
    { hint: 'Give the tokenizer that it was trained with: --tokenizer FILE.', cause },
  );
}

function outputOf(where: string, { outputs }: ForeignGraph, asked: string | undefined): string {
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
