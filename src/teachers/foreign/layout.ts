/** [B, H, W, C] -> [B, C, H, W], or back with `toGrid`. @param sizes [B, H, W, C], always in this order */
export function transposed(data: Float32Array, sizes: readonly number[], toGrid: boolean): Float32Array {
  const [batch, height, width, channels] = sizes;
  const out = new Float32Array(data.length);
  const positions = height * width;
  for (let b = 0; b < batch; b++) {
    const start = b * positions * channels;
    for (let p = 0; p < positions; p++) {
      for (let c = 0; c < channels; c++) {
        const grid = start + p * channels + c;
        const planes = start + c * positions + p;
        if (toGrid) out[grid] = data[planes];
        else out[planes] = data[grid];
      }
    }
  }
  return out;
}
