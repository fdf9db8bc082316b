import type { SimdKernels } from '../simd/SimdKernels.js';

/** A matrix in memory: address, and the bytes from one row (or column) to the next. */
export interface Side {
  readonly at: number;
  /** From one row of a, or column of b, to the next. */
  readonly stride: number;
  /** From one value of the summed axis to the next. */
  readonly kStride: number;
}

/** The summed axis is cut, so that a panel of the right side stays in the first cache. */
const depthAtOnce = 256;

/** c [rows, columns] at an address = a b; c's values need not be set before. One stride of each side is 4. */
export function product(
  simd: SimdKernels,
  { a, b, c, rows, columns, depth }: { a: Side; b: Side; c: number; rows: number; columns: number; depth: number },
): void {
  const most = Math.min(depth, depthAtOnce);
  const aBytes = 4 * most * (rows + 4);
  const bBytes = 4 * most * (columns + 8);
  const aAt = simd.scratch(aBytes + bBytes + 256);
  const bAt = aAt + aBytes;
  const edge = bAt + bBytes;
  for (let k = 0; k < depth; k += most) {
    const part = Math.min(most, depth - k);
    const pack = (side: Side, size: number, width: number, target: number) =>
      simd.call.pack({ source: side.at + k * side.kStride, stride: side.stride, kStride: side.kStride, size, depth: part, width, target }); // prettier-ignore
    pack(a, rows, 4, aAt);
    pack(b, columns, 8, bAt);
    simd.call.multiply({ a: aAt, b: bAt, c, rows, columns, depth: part, more: k > 0 ? 1 : 0, edge });
  }
}
