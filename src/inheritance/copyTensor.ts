import type { Rng } from '../core/rng.js';
import type { HostTensor } from '../engines/Engine.js';
import type { ChannelMap } from './ChannelMap.js';

/**
 * How an axis of a tensor is read from the relative's: `in`, `out`: by the map of the layer's input or output channels;
 * `centre`: of a kernel's side, from its middle, zeros around; `slice`: as far as both reach.
 */
export type Axis = 'in' | 'out' | 'centre' | 'slice';

/** How strongly repeated channels are made different, relative to their values: twins would learn the same for ever. */
const noise = 0.02;

/**
 * The relative's values in the shape of `fresh`, which fills what has no source. An axis whose channels have no map is read
 * as a slice.
 * @returns the values, and how many of them came from the relative
 */
export function copyTensor(options: {
  fresh: HostTensor;
  parent: HostTensor;
  axes: readonly Axis[];
  input: ChannelMap | undefined;
  output: ChannelMap | undefined;
  rng: Rng | undefined;
}): { tensor: HostTensor; inherited: number } {
  const { fresh, parent, axes, input, output, rng } = options;
  const { shape } = fresh;
  const data = Float32Array.from(fresh.data);
  const places = shape.map((size, a) => placesOf(axes[a], size, parent.shape[a], input, output));
  const strides = stridesOf(parent.shape);
  const own = stridesOf(shape);
  let inherited = 0;
  for (let i = 0; i < data.length; i++) {
    let from = 0;
    let factor = 1;
    let missing: Axis | undefined;
    let twin = false;
    for (let a = 0; a < shape.length; a++) {
      const index = Math.floor(i / own[a]) % shape[a];
      const place = places[a][index];
      if (place < 0) missing = missing === 'centre' ? missing : axes[a];
      else from += place * strides[a];
      if (axes[a] === 'in' && input !== undefined) factor *= input.share[index];
      if (axes[a] === 'out' && output !== undefined && index >= output.from) twin = true;
    }
    if (missing === 'centre') data[i] = 0;
    if (missing !== undefined) continue;
    const change = twin && rng !== undefined && shape.length > 1 ? 1 + noise * rng.normal() : 1;
    data[i] = parent.data[from] * factor * change;
    inherited++;
  }
  return { tensor: { shape, dtype: 'float32', data }, inherited };
}

function placesOf(
  axis: Axis,
  size: number,
  from: number,
  input: ChannelMap | undefined,
  output: ChannelMap | undefined,
): Int32Array {
  const map = axis === 'in' ? input : axis === 'out' ? output : undefined;
  if (map !== undefined && map.source.length === size && map.from === from) return map.source;
  const offset = axis === 'centre' ? Math.trunc((from - size) / 2) : 0;
  return Int32Array.from({ length: size }, (_, i) => (i + offset >= 0 && i + offset < from ? i + offset : -1));
}

function stridesOf(shape: readonly number[]): number[] {
  const strides: number[] = new Array<number>(shape.length).fill(1);
  for (let a = shape.length - 2; a >= 0; a--) strides[a] = strides[a + 1] * shape[a + 1];
  return strides;
}
