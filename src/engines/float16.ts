/** Largest finite number of binary16. */
export const largestFloat16 = 65_504;

/** Bits of IEEE 754 binary16, rounded to nearest, ties to even. (Float16Array needs a newer Node than ours.) */
export function numbersToFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = toHalf(bits[i]);
  return out;
}

function toHalf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  const exponent = (magnitude >>> 23) - 112; // rebased from 127 to 15
  if (exponent >= 31) return sign | 0x7c00;
  // Subnormal halves count in steps of 2^-24: the implicit one is written out and shifted that far.
  const shift = exponent > 0 ? 13 : Math.min(14 - exponent, 31);
  const mantissa = exponent > 0 ? magnitude & 0x7fffff : (magnitude & 0x7fffff) | 0x800000;
  const base = exponent > 0 ? exponent << 10 : 0;
  const half = base + (mantissa >>> shift);
  const rest = mantissa & (2 ** shift - 1);
  const middle = 2 ** (shift - 1);
  // A carry out of the mantissa raises the exponent, which is what rounding up means.
  return sign | (half + (rest > middle || (rest === middle && (half & 1) === 1) ? 1 : 0));
}

/** The inverse of numbersToFloat16; every half is a float32 number. */
export function float16ToNumbers(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >>> 10) & 31;
    const mantissa = half & 0x3ff;
    if (exponent === 31) return mantissa === 0 ? sign * Infinity : NaN;
    return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1024 + mantissa) * 2 ** (exponent - 25);
  });
}
