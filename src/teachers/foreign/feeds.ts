import { NasDistillError } from '../../core/errors.js';
import type { HostTensor } from '../../engines/Engine.js';
import type { ForeignTensor } from '../../engines/foreign/ForeignGraph.js';
import type { GraphParts, TokenPort } from '../TeacherRecord.js';
import { swapped } from '../../data/text/paddingFirst.js';
import { transposed } from './layout.js';

/** Some samples of a batch as the graph's inputs by name, `start` on, `count` of them; the rest fills the part up. */
export interface FedPart {
  readonly start: number;
  readonly count: number;
  /** Samples in it, filling included. */
  readonly rows: number;
  readonly feeds: Readonly<Record<string, ForeignTensor>>;
}

/**
 * A batch as what an ONNX graph reads: images in its layout, or ids of tokens with the mask, segments and positions that it
 * asks for. A graph that takes a fixed number of samples is fed in parts of that size, the last one filled up with zeros.
 * @param samples normalised images [B, H, W, C], or ids of tokens [B, T], 0 where padding is
 */
export function* feedsOf(samples: HostTensor, parts: GraphParts): Generator<FedPart> {
  const [count] = samples.shape;
  const sample = samples.shape.slice(1);
  const size = sample.reduce((a, b) => a * b, 1);
  const step = parts.batch ?? count;
  for (let start = 0; start < count; start += step) {
    const taken = Math.min(step, count - start);
    const data = samples.data.subarray(start * size, (start + taken) * size);
    const feeds = parts.tokens === undefined ? imageFeeds(data, step, sample, parts) : tokenFeeds(data, step, parts);
    yield { start, count: taken, rows: step, feeds };
  }
}

function imageFeeds(data: HostTensor['data'], rows: number, sample: readonly number[], { input, layout }: GraphParts) {
  if (layout === undefined) throw new NasDistillError('TEACHER', `input ${input}: the order of its axes is missing`);
  const [height, width, channels] = sample;
  const part = new Float32Array(rows * height * width * channels);
  part.set(data);
  const feed: ForeignTensor =
    layout === 'nchw'
      ? {
          shape: [rows, channels, height, width],
          dtype: 'float32',
          data: transposed(part, [rows, height, width, channels], false),
        }
      : { shape: [rows, height, width, channels], dtype: 'float32', data: part };
  return { [input]: feed };
}

/** Inputs of a text model beside the ids, and what each is for a token's id and place. */
const companions = {
  mask: (id: number) => (id === 0 ? 0 : 1),
  types: () => 0,
  positions: (_id: number, place: number) => place,
} as const;

function tokenFeeds(data: HostTensor['data'], rows: number, { input, tokens }: GraphParts) {
  if (tokens === undefined) return {};
  const ids = new Int32Array(rows * tokens.length);
  ids.set(data);
  const { padding } = tokens;
  const own = padding === undefined ? ids : ids.map((id) => swapped(id, padding));
  const shape = [rows, tokens.length];
  const feeds: Record<string, ForeignTensor> = { [input]: integers(shape, tokens.type, own) };
  for (const kind of ['mask', 'types', 'positions'] as const) {
    const port = tokens[kind];
    if (port === undefined) continue;
    const values = ids.map((id, i) => companions[kind](id, i % tokens.length));
    feeds[port.name] = integers(shape, port.type, values);
  }
  return feeds;
}

function integers(shape: readonly number[], type: TokenPort['type'], values: Int32Array): ForeignTensor {
  if (type === 'int64') return { shape, dtype: 'int64', data: BigInt64Array.from(values, BigInt) };
  if (type === 'float32') return { shape, dtype: 'float32', data: Float32Array.from(values) };
  return { shape, dtype: 'int32', data: values };
}
