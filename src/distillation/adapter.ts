import { NasDistillError } from '../core/errors.js';
import type { Rng } from '../core/rng.js';
import type { HostTensors, Tensors } from '../engines/Engine.js';
import { add, image, matMul, mean, mul, reshape, slice, type Tensor, type Tensor4D } from '../engines/tf.js';

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

/**
 * Maps a student's tap onto the teacher's: grid to the teacher's size, then a 1x1 convolution (a matrix product over
 * channels) with bias. It trains with the student and is never exported nor counted.
 */
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
  if (from && to) return { from, to };
  throw new NasDistillError(
    'CONFIG',
    `student tap ${names.student} [${studentShape.join(', ')}] cannot be compared with teacher tap ${names.teacher} [${teacherShape.join(', ')}]`,
    { hint: 'Taps must be grids [H, W, C], square token sequences [T, C] or vectors [C].' },
  );
}

/** @throws NasDistillError CONFIG naming both taps and their shapes if one cannot be mapped onto the other. */
export function createAdapter(
  names: { student: string; teacher: string },
  studentShape: readonly number[],
  teacherShape: readonly number[],
): Adapter {
  const { from, to } = gridsOf(names, studentShape, teacherShape);
  return {
    init: (rng) => {
      const scale = Math.sqrt(1 / from.channels);
      const kernel = Float32Array.from({ length: from.channels * to.channels }, () => rng.normal() * scale);
      return {
        kernel: { shape: [from.channels, to.channels], dtype: 'float32', data: kernel },
        bias: { shape: [to.channels], dtype: 'float32', data: new Float32Array(to.channels) },
      };
    },
    apply: (student, teacher, params) => {
      const grid = resizeGrid(toGrid(student, from), to.height, to.width);
      const batch = grid.shape[0];
      const rows = reshape(grid, [batch * to.height * to.width, from.channels]);
      const mapped = add(matMul(rows, params.kernel), params.bias);
      return {
        student: reshape(mapped, [batch, to.height, to.width, to.channels]) as Tensor4D,
        teacher: toGrid(teacher, to),
      };
    },
  };
}

/** Mean of squares, shape []. */
export function meanSquare(x: Tensor): Tensor {
  return mean(mul(x, x));
}
