import { NasDistillError } from '../../core/errors.js';
import type { ForeignPort } from '../../engines/foreign/ForeignGraph.js';
import type { GraphParts } from '../TeacherRecord.js';
import { showDims } from './showDims.js';

type Layout = NonNullable<GraphParts['layout']>;

/**
 * How an input takes its images.
 * @param sample [height, width, channels] of the images that it will see, for sizes that are open
 * @returns the order of its axes, and [height, width, channels] of an image
 * @throws NasDistillError TEACHER if it does not say
 */
export function readImagePort(
  where: string,
  port: ForeignPort,
  asked: Layout | undefined,
  sample: readonly number[] | undefined,
): { layout: Layout; input: number[] } {
  if (port.dims.length !== 4 || port.type !== 'FLOAT') {
    throw new NasDistillError(
      'TEACHER',
      `${where}: its input ${port.name} is ${port.type} [${showDims(port)}], images FLOAT [batch, channels, height, width] are needed`,
      { hint: 'Export a model that takes normalised float32 images; --mean and --std say how they are normalised.' },
    );
  }
  const layout = layoutOf(where, port, asked, sample);
  return { layout, input: sizesOf(where, port, layout, sample) };
}

const isChannels = (size: number | null) => size === 1 || size === 3 || size === 4;

function layoutOf(
  where: string,
  port: ForeignPort,
  asked: Layout | undefined,
  sample: readonly number[] | undefined,
): Layout {
  if (asked !== undefined) return asked;
  const [, second, , last] = port.dims;
  const first = sample === undefined ? isChannels(second) : second === sample[2];
  const behind = sample === undefined ? isChannels(last) : last === sample[2];
  if (first !== behind) return first ? 'nchw' : 'nhwc';
  throw new NasDistillError('TEACHER', `${where}: the order of its image's axes [${showDims(port)}] is not clear`, {
    hint: 'Say which: --layout nchw (as PyTorch) or --layout nhwc (as TensorFlow).',
  });
}

function sizesOf(where: string, port: ForeignPort, layout: Layout, sample: readonly number[] | undefined): number[] {
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
