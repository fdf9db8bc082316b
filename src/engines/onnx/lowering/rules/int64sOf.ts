import type { OnnxInitialiser } from '../OnnxGraph.js';

/** The numbers of a constant of 64-bit integers. */
export function int64sOf(constant: OnnxInitialiser | undefined): number[] | undefined {
  if (constant?.dtype !== 'int64') return undefined;
  const { buffer, byteOffset, byteLength } = constant.bytes;
  return Array.from(new BigInt64Array(buffer, byteOffset, byteLength / 8), Number);
}
