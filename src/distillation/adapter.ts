import { NasDistillError } from '../core/errors.js';
import type { Rng } from '../core/rng.js';
import type { HostTensors, Tensors } from '../engines/Engine.js';
import { avgPool, image, mean, mul, relu, reshape, slice, softmax, type Tensor, type Tensor4D } from '../engines/tf.js';
import { batchNormed, linear, linearValues, normValues, prefixed } from './dense.js';
import { filled } from './hostValues.js';

/** A tap's shape as a grid: tokens become the square grid that they came from, a vector a grid of one. */
interface Grid {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Leading tokens that belong to no position (a class token). */
  readonly extra: number;
}

/** How a tap's shape reads as a grid; undefined if it cannot. */
export function gridOf(shape: readonly number[]): Grid | undefined {
  if (shape.length === 1) return { height: 1, width: 1, channels: shape[0], extra: 0 };
  if (shape.length === 3) return { height: shape[0], width: shape[1], channels: shape[2], extra: 0 };
  if (shape.length !== 2) return undefined;
  for (const extra of [0, 1]) {
    const side = Math.round(Math.sqrt(shape[0] - extra));
    if (side > 0 && side * side === shape[0] - extra) return { height: side, width: side, channels: shape[1], extra };
  }
  return undefined;
}

/** @returns [B, height, width, channels] */
export function toGrid(tap: Tensor, grid: Grid): Tensor4D {
  const batch = tap.shape[0];
  const tokens =
    grid.extra === 0 ? tap : slice(tap, [0, grid.extra, 0], [batch, grid.height * grid.width, grid.channels]);
  return reshape(tokens, [batch, grid.height, grid.width, grid.channels]) as Tensor4D;
}

/** Brings a grid to another size: its mean for one position, else bilinear. */
export function resizeGrid(grid: Tensor4D, height: number, width: number): Tensor4D {
  if (grid.shape[1] === height && grid.shape[2] === width) return grid;
  if (height === 1 && width === 1) return mean(grid, [1, 2], true) as Tensor4D;
  return image.resizeBilinear(grid, [height, width], false, true);
}

/** Brings a grid to a smaller size by means over windows; where those do not fit, as resizeGrid. */
export function poolGrid(grid: Tensor4D, height: number, width: number): Tensor4D {
  const [, h, w] = grid.shape;
  if (h === height && w === width) return grid;
  if (h % height !== 0 || w % width !== 0) return resizeGrid(grid, height, width);
  const window: [number, number] = [h / height, w / width];
  return avgPool(grid, window, window, 'valid');
}

export const adapterKinds = ['linear', 'conv-bn-relu', 'mlp'] as const;
export const adapterGates = ['none', 'channels', 'positions'] as const;

/** How a student's tap is mapped: see `createAdapter`. */
export interface AdapterOptions {
  readonly adapter: (typeof adapterKinds)[number];
  readonly gate: (typeof adapterGates)[number];
}

/** Trains with the student and is never exported nor counted. */
export interface Adapter {
  init(rng: Rng): HostTensors;
  /** Both as [B, height, width, channels] of the teacher. */
  apply(student: Tensor, teacher: Tensor, params: Tensors): { student: Tensor4D; teacher: Tensor4D };
}

/** Both taps as grids. @throws NasDistillError CONFIG naming both taps and their shapes if one is none. */
export function gridsOf(
  names: { student: string; teacher: string },
  studentShape: readonly number[],
  teacherShape: readonly number[],
): { from: Grid; to: Grid } {
  const from = gridOf(studentShape);
  const to = gridOf(teacherShape);
  const [tokens, channels] = studentShape;
  const both = studentShape.length === 2 && teacherShape.length === 2;
  // Two sequences of one length that are no square belong together position by position, the first one too.
  if (both && teacherShape[0] === tokens && from?.extra !== 0) {
    const line = { height: tokens, width: 1, extra: 0 };
    return { from: { ...line, channels }, to: { ...line, channels: teacherShape[1] } };
  }
  if (from && to) return { from, to };
  throw new NasDistillError(
    'CONFIG',
    `student tap ${names.student} [${studentShape.join(', ')}] cannot be compared with teacher tap ${names.teacher} [${teacherShape.join(', ')}]`,
    { hint: 'Taps must be grids [H, W, C], token sequences [T, C] (square, or two of one length) or vectors [C].' },
  );
}

/**
 * Maps a student's tap onto the teacher's: its grid to the teacher's size, then over channels a 1x1 convolution with bias
 * (linear), one with batch norm and ReLU (conv-bn-relu; for teacher's taps behind a ReLU), or two with a batch norm and
 * ReLU between them (mlp). A gate weighs the teacher's channels or positions against each other by a softmax that is
 * learnt, of mean 1, on both sides.
 * @throws NasDistillError CONFIG naming both taps and their shapes if one cannot be mapped onto the other
 */
export function createAdapter(
  names: { student: string; teacher: string },
  studentShape: readonly number[],
  teacherShape: readonly number[],
  { adapter, gate }: AdapterOptions = { adapter: 'linear', gate: 'none' },
): Adapter {
  const { from, to } = gridsOf(names, studentShape, teacherShape);
  const gated = gate === 'channels' ? to.channels : to.height * to.width;
  return {
    init: (rng) => ({
      ...(gate === 'none' ? {} : { gate: filled([gated], 0) }),
      ...(adapter === 'linear'
        ? linearValues(rng, from.channels, to.channels)
        : {
            kernel: linearValues(rng, from.channels, to.channels).kernel,
            ...normValues(to.channels),
            ...(adapter === 'mlp' ? prefixed('out/', linearValues(rng, to.channels, to.channels)) : {}),
          }),
    }),
    apply: (student, teacher, params) => {
      let x: Tensor = linear(resizeGrid(toGrid(student, from), to.height, to.width), params);
      if (adapter !== 'linear') x = relu(batchNormed(x, params));
      if (adapter === 'mlp') x = linear(x, params, 'out/');
      const target = toGrid(teacher, to);
      if (gate === 'none') return { student: x as Tensor4D, teacher: target };
      const weights = mul(softmax(params.gate), gated);
      const shape = gate === 'channels' ? [1, 1, 1, to.channels] : [1, to.height, to.width, 1];
      const weigh = (grid: Tensor): Tensor4D => mul(grid, reshape(weights, shape));
      return { student: weigh(x), teacher: weigh(target) };
    },
  };
}

/** Mean of squares, shape []. */
export function meanSquare(x: Tensor): Tensor {
  return mean(mul(x, x));
}
